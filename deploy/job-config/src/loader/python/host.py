"""The one way out: a device whose other end is the loader. A line of JSON each way."""

import base64
import json
import os

DEVICE = '/dev/loader'
CHUNK = 65_536


def ask(request):
    """What the loader answers. Opened each time: a memory snapshot keeps no files."""
    device = os.open(DEVICE, os.O_RDWR)
    try:
        line = json.dumps(request).encode() + b'\n'
        while line:
            line = line[os.write(device, line):]
        answer = b''
        while not answer.endswith(b'\n'):
            part = os.read(device, CHUNK)
            if not part:
                break
            answer += part
        return json.loads(answer) if answer else {}
    finally:
        os.close(device)


def tell_line(place):
    """Tells the loader which line runs, in case it has to kill this process."""
    ask({'type': 'at', 'file': place[0], 'line': place[1]})


def read(path):
    """The bytes of a file below the config's folder, and its path there. An OSError says why not."""
    answer = ask({'type': 'read', 'path': path})
    if 'error' in answer:
        raise PermissionError(answer['error']) if answer.get('refused') else FileNotFoundError(answer['error'])
    return base64.b64decode(answer['base64'])
