#!/bin/sh
# Reports a clinic and its appointments. Needs curl, and a key in UNIVAF_KEY.
set -eu
curl --fail-with-body --silent --show-error --header "x-api-key: $UNIVAF_KEY" --header 'content-type: application/json' \
	--data @- "${UNIVAF_URL:-http://127.0.0.1:3000}/api/v1/update?update_location=true" <<END
{
  "external_ids": [["my_clinics", "17"]],
  "provider": "my_county",
  "name": "Main Street Clinic",
  "state": "NJ",
  "availability": {
    "source": "my_county",
    "checked_at": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
    "available": "YES"
  }
}
END
