#!/bin/sh
# Makes the namespace TEMPORAL_NAMESPACE of the server at TEMPORAL_ADDRESS, or gives it the retention stated here. Closed runs
# are the second wall against duplicates, so they are kept for RETENTION and never for less than seven days.
set -eu

: "${RETENTION:=30d}"

attempts=60
until temporal operator cluster health; do
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || exit 1
  sleep 1
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" > /dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
