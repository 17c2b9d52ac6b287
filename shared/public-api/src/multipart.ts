import busboy from 'busboy';
import { FIELDS_MAX, pairFields, type FieldMap } from './body-core.js';
import { ApiError } from './error-core.js';

/** Bytes of a field's name; the longest one known is a third of it. */
const NAME_BYTES_MAX = 100;

function malformed(): ApiError {
  return new ApiError('malformed', { error: 'The request body is not valid multipart/form-data' });
}

/** The text fields of a multipart body that is already here, and bounded. Files are passed over: there is no media. */
export async function multipartFields(body: Buffer, contentType: string): Promise<FieldMap> {
  const parser = parserFor(body, contentType);
  const pairs: [string, string][] = [];
  await new Promise<void>((resolve, reject) => {
    // A part without a name is told without one, whatever the types say.
    parser.on('field', (name: string | undefined, value) => pairs.push([name ?? '', value]));
    parser.on('file', (_name, stream) => stream.on('error', () => undefined).resume());
    parser.on('error', () => {
      reject(malformed());
    });
    parser.on('close', resolve);
    parser.end(body);
  });
  return pairFields(pairs);
}

function parserFor(body: Buffer, contentType: string): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': contentType },
      limits: {
        fieldNameSize: NAME_BYTES_MAX,
        fieldSize: body.length,
        fields: FIELDS_MAX + 1,
        parts: FIELDS_MAX + 2,
      },
    });
  } catch {
    throw malformed();
  }
}
