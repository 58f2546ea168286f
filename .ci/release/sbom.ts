// The software bill of materials, as CycloneDX JSON, checked against its schema.

import { createHash } from "node:crypto";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import type { runtimeOf } from "../runtime.ts";
import type { Target } from "../targets.ts";
import { type Component, librariesInBun } from "./components.ts";

interface About {
  readonly version: string;
  readonly commit: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly target: Target;
}

const purl = (name: string, version: string) => `pkg:npm/${name.replace("@", "%40")}@${version}`;

const hashes = (integrity: string) => [
  { alg: "SHA-512", content: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex") },
];

/** @throws where it is not what the schema wants. */
export async function sbomOf(
  { version, commit, time, target }: About,
  components: readonly Component[],
  runtime: ReturnType<typeof runtimeOf>,
): Promise<string> {
  const references = new Map(components.map(({ folder, name, version }) => [folder, purl(name, version)]));
  const bun = purl(runtime.name, runtime.version);
  const self = `memoferry@${version}`;
  const body = {
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      lifecycles: [{ phase: "build" }],
      component: {
        type: "application",
        "bom-ref": self,
        name: "memoferry",
        version,
        licenses: [{ license: { id: "MIT" } }],
        properties: [
          { name: "memoferry:commit", value: commit },
          { name: "memoferry:target", value: target },
        ],
      },
    },
    components: [
      {
        type: "platform",
        "bom-ref": bun,
        name: runtime.name,
        version: runtime.version,
        purl: bun,
        licenses: [{ license: { id: "MIT" } }],
        hashes: hashes(runtime.integrity),
        components: librariesInBun().map((library) => ({
          type: "library",
          "bom-ref": `${bun}#${library.name}`,
          ...library,
        })),
      },
      ...components.map((component) => ({
        type: "library",
        "bom-ref": references.get(component.folder),
        name: component.name,
        version: component.version,
        purl: purl(component.name, component.version),
        licenses: [{ license: { id: component.license } }],
        hashes: hashes(component.integrity),
      })),
    ],
    dependencies: [
      { ref: self, dependsOn: [bun, ...references.values()] },
      ...components.map(({ folder, uses }) => ({
        ref: references.get(folder),
        dependsOn: uses.map((used) => references.get(used)),
      })),
    ],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(body))}`;
  const text = JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", serialNumber, ...body }, null, 2);
  const wrong = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  if (wrong !== null) throw new Error(`the bill of materials is not valid: ${JSON.stringify(wrong)}`);
  return `${text}\n`;
}

/** A UUID that follows from the text (version 8: of our own making). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join("-");
}
