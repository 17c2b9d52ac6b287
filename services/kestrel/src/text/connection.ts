import type { AcceptClient } from '../services.js';
import { Channel } from '../socket/channel.js';
import { TextSpeaker } from './speaker.js';

/** Takes a connection of Kestrel's text protocol. */
export const acceptText: AcceptClient = (socket, services, access, clientTimeout) =>
  new Channel(socket, services.turn, clientTimeout, (channel) => new TextSpeaker(channel, services, access));
