// Package conform holds any publisher of SMART Scheduling Links to its standard: to what
// https://github.com/smart-on-fhir/smart-scheduling-links (specification.md) says MUST or
// SHOULD be or is RECOMMENDED, to what of FHIR R4 that rests on, and to what the Inferno
// test kit looks for.
//
// It is strict where internal/smart, which reads what publishers really have, is lenient.
// Files stream: of a resource only a hash of its id is kept, so that references and
// repeated ids are seen in 10 to 20 bytes a resource, up to maxIDs of a type.
//
// It must not know who publishes, our own publisher least of all.
package conform
