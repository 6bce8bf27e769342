#!/bin/sh
# Asks again for what may not have changed. Needs curl.
set -eu
url="${UNIVAF_URL:-http://127.0.0.1:3000}/api/v1/locations?state=NJ&limit=500"
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
for time in first second; do
	status=$(curl --fail --silent --show-error --compressed --etag-save "$dir/etag" --etag-compare "$dir/etag" \
		--output "$dir/page.json" --write-out '%{http_code}' "$url")
	case $status in
	304) echo "$time time: nothing has changed" ;;
	*) echo "$time time: here it is" ;;
	esac
done
