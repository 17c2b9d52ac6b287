import type { AcceptClient } from '../services.js';
import { Channel } from '../socket/channel.js';
import { OUTCOME } from './output.js';
import { MemcacheSpeaker } from './speaker.js';

/** Takes a connection of Kestrel's memcache protocol. */
export const acceptMemcache: AcceptClient = (socket, services, access, clientTimeout) =>
  new Channel(
    socket,
    services.turn,
    clientTimeout,
    (channel) => new MemcacheSpeaker(channel, services, access),
    OUTCOME,
  );
