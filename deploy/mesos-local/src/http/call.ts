import type { IncomingMessage } from 'node:http';
import { decode, DecodeError, parseJson, type Message } from '@murmur/engine';
import { BODY_BYTES_MAX, HttpError, readBody } from './answer.js';
import { acceptsType } from './route-core.js';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';

/**
 * The JSON body of a v1 call, checked in Mesos's order: 400 without a Content-Type, 415 for another one, 400 for what is
 * no JSON or not a `type`. `application/x-protobuf` is 415 too: only JSON is spoken here.
 */
export async function readCall<T>(
  request: IncomingMessage,
  type: Message<T>,
  maxBytes = BODY_BYTES_MAX,
): Promise<T> {
  checkContentType(request);
  return decodeCall(type, await readBody(request, maxBytes));
}

/** Throws HttpError 400 or 415 as a v1 endpoint of Mesos answers. */
export function checkContentType(request: IncomingMessage): void {
  const given = request.headers['content-type'];
  if (given === undefined) throw new HttpError(400, "Expecting 'Content-Type' to be present");
  if (given === JSON_TYPE) return;
  throw given === PROTOBUF_TYPE
    ? new HttpError(415, `Expecting 'Content-Type' of ${JSON_TYPE}; ${PROTOBUF_TYPE} is not spoken here`)
    : new HttpError(415, `Expecting 'Content-Type' of ${JSON_TYPE} or ${PROTOBUF_TYPE}`);
}

/** Throws HttpError 400 with Mesos's text where the bytes are no JSON or not a `type`. */
export function decodeCall<T>(type: Message<T>, body: Buffer): T {
  let json: unknown;
  try {
    json = parseJson(body.toString('utf8'));
  } catch (error) {
    if (error instanceof DecodeError)
      throw new HttpError(400, `Failed to parse body into JSON: ${error.message}`);
    throw error;
  }
  try {
    return decode(type, json);
  } catch (error) {
    if (error instanceof DecodeError)
      throw new HttpError(400, `Failed to convert JSON into Call protobuf: ${error.message}`);
    throw error;
  }
}

/** Throws HttpError 406 when `Accept` excludes JSON. */
export function checkAccept(request: IncomingMessage): void {
  if (acceptsType(request.headers.accept, JSON_TYPE)) return;
  throw acceptsType(request.headers.accept, PROTOBUF_TYPE)
    ? new HttpError(406, `Expecting 'Accept' to allow '${JSON_TYPE}'; ${PROTOBUF_TYPE} is not spoken here`)
    : new HttpError(406, `Expecting 'Accept' to allow '${PROTOBUF_TYPE}' or '${JSON_TYPE}'`);
}
