package archive

// The tables, in the names of the public archive. merged_ids is new.
const (
	locationsTable    = "provider_locations"
	externalIDsTable  = "external_ids"
	availabilityTable = "availability"
	logTable          = "availability_log"
	mergedIDsTable    = "merged_ids"
)
