#!/bin/sh
# Counts all places by state, line by line. Needs curl and jq.
set -eu
curl --fail --silent --show-error --compressed "${UNIVAF_URL:-http://127.0.0.1:3000}/api/v1/locations.ndjson" |
	jq -r '.state' | sort | uniq -c | awk '{ print $2, $1 }'
