#!/bin/sh
# Lists the places in New Jersey that have appointments. Needs curl and jq.
set -eu
url="${UNIVAF_URL:-http://127.0.0.1:3000}/api/v1/locations?state=NJ&limit=500"
while [ -n "$url" ]; do
	page=$(curl --fail --silent --show-error --compressed "$url")
	printf '%s\n' "$page" | jq -r '.data[] | select(.availability.available == "YES") | .name'
	url=$(printf '%s\n' "$page" | jq -r '.links.next // empty')
done
