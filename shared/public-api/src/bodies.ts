import { isUtf8 } from 'node:buffer';
import type { Request, RequestHandler } from 'express';
import { jsonFields, urlencodedFields, type FieldMap } from './body-core.js';
import { ApiError } from './error-core.js';
import { multipartFields } from './multipart.js';
import type { BodiesOptions } from './types.js';

/** A status and its wrapping is far below; the edge has a bound of its own above it. */
export const BODY_BYTES_MAX = 64 * 1024;
/** What is read and thrown away of a body over the limit, so that the client hears the 413 and not a reset. */
const DRAIN_BYTES_MAX = 1024 * 1024;

const bodyFields = new WeakMap<Request, FieldMap>();

/** The fields that `bodies` read, or null. */
export function bodyFieldsOf(req: Request): FieldMap | null {
  return bodyFields.get(req) ?? null;
}

/** Reads the body's fields for `requestFields`. 400 malformed, 413 over `bodyBytesMax`, 415 for another type. */
export function bodies({ bodyBytesMax = BODY_BYTES_MAX }: BodiesOptions = {}): RequestHandler {
  return (req, _res, next) => {
    if (!hasBody(req)) {
      next();
      return;
    }
    readBody(req, bodyBytesMax)
      .then((body) => fieldsOfBody(req, body))
      .then((fields) => {
        bodyFields.set(req, fields);
        next();
      })
      .catch(next);
  };
}

function hasBody(req: Request): boolean {
  const length = req.headers['content-length'];
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function readBody(req: Request, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () =>
      new ApiError('body_too_large', {
        error: `The request body is larger than the ${bytesMax} bytes that are allowed`,
      });
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else if (bytes > DRAIN_BYTES_MAX) reject(tooLarge());
    });
    req.on('end', () => {
      if (bytes > bytesMax) reject(tooLarge());
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    const cut = () => {
      reject(new ApiError('malformed', { error: 'The request body ended early' }));
    };
    req.on('error', cut);
    req.on('aborted', cut);
  });
}

function fieldsOfBody(req: Request, body: Buffer): FieldMap | Promise<FieldMap> {
  if (body.length === 0) return new Map();
  const contentType = req.headers['content-type'] ?? '';
  const [type = '', ...parameters] = contentType.split(';');
  const charset = parameters
    .map((p) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(p)?.[1])
    .find((c) => c !== undefined);
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw unsupported(`content-encoding ${encoding}`, 'identity');
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset))
    throw unsupported(`charset ${charset}`, 'utf-8');
  switch (type.trim().toLowerCase()) {
    case 'application/json':
      return jsonFields(textOf(body));
    case 'application/x-www-form-urlencoded':
      return urlencodedFields(textOf(body));
    case 'multipart/form-data':
      return multipartFields(body, contentType);
    default:
      throw unsupported(
        `content-type ${JSON.stringify(type)}`,
        'application/json, application/x-www-form-urlencoded, multipart/form-data',
      );
  }
}

function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new ApiError('malformed', { error: 'The request body is not valid UTF-8' });
  return body.toString('utf8');
}

function unsupported(what: string, allowed: string): ApiError {
  return new ApiError('unsupported_body', { error: `${what} is not supported, allowed: ${allowed}` });
}
