# Counts all places by state, line by line: memory holds one at a time.
import collections
import gzip
import json
import os
import urllib.request

request = urllib.request.Request(
    os.environ.get("UNIVAF_URL", "http://127.0.0.1:3000") + "/api/v1/locations.ndjson",
    headers={"Accept-Encoding": "gzip"},
)
states = collections.Counter()
with urllib.request.urlopen(request) as response, gzip.open(response) as lines:
    for line in lines:
        states[json.loads(line)["state"]] += 1
for state, count in sorted(states.items()):
    print(state, count)
