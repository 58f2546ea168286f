// The package for Debian, Raspberry Pi OS and Ubuntu, made without their tools, so on any system.
import { createHash } from "node:crypto";
import { gzipSync } from "fflate";
import { unitText } from "../../src/cli/install/unit.ts";
import { ar, bytesOf, type Entry, packed, tar } from "./archive.ts";

/** Bun asks for no newer glibc than this (`readelf -V`). */
const DEPENDS = "libc6 (>= 2.17)";

const EXECUTABLE = "usr/bin/memoferry";
const DOCS = "usr/share/doc/memoferry";

interface Package {
  readonly version: string;
  readonly architecture: "amd64" | "arm64";
  /** Name and address. */
  readonly maintainer: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly executable: Uint8Array;
  /** Text of the licence of memoferry. */
  readonly license: string;
  readonly changelog: string;
  readonly man: string;
  readonly completions: Readonly<Record<"bash" | "zsh" | "fish", string>>;
  /** Further files for its folder below /usr/share/doc. */
  readonly docs: readonly Entry[];
}

export async function deb(about: Package, isFast: boolean) {
  const { time, version, architecture } = about;
  const files = filesOf(about);
  const installed = files.reduce((sum, { content }) => sum + Math.ceil(bytesOf(content).length / 1024), 0);
  const control = [
    { path: "./control", content: controlOf(about, installed) },
    { path: "./md5sums", content: files.map((file) => `${md5(file.content)}  ${file.path}\n`).join("") },
    { path: "./postinst", content: POSTINST, isExecutable: true },
    { path: "./prerm", content: PRERM, isExecutable: true },
    { path: "./postrm", content: POSTRM, isExecutable: true },
  ];
  const data = files.map((file) => ({ ...file, path: `./${file.path}` }));
  const content = ar(
    [
      { name: "debian-binary", content: "2.0\n" },
      await packed("control.tar", tar(control, time), isFast),
      await packed("data.tar", tar(data, time), isFast),
    ],
    time,
  );
  return { name: `memoferry_${version}_${architecture}.deb`, content };
}

const md5 = (content: Entry["content"]) => createHash("md5").update(content).digest("hex");

function filesOf(about: Package): Entry[] {
  const { executable, changelog, man, completions, docs } = about;
  return [
    { path: EXECUTABLE, content: executable, isExecutable: true },
    { path: "usr/lib/systemd/system/memoferry.service", content: unitText(`/${EXECUTABLE}`) },
    { path: "usr/share/bash-completion/completions/memoferry", content: completions.bash },
    { path: "usr/share/zsh/vendor-completions/_memoferry", content: completions.zsh },
    { path: "usr/share/fish/vendor_completions.d/memoferry.fish", content: completions.fish },
    { path: "usr/share/man/man1/memoferry.1.gz", content: gzip(man) },
    { path: "usr/share/lintian/overrides/memoferry", content: OVERRIDES },
    { path: `${DOCS}/changelog.gz`, content: gzip(changelogOf(about)) },
    { path: `${DOCS}/copyright`, content: copyrightOf(about) },
    { path: `${DOCS}/CHANGELOG.md.gz`, content: gzip(changelog) },
    ...docs.map((file) => ({ ...file, path: `${DOCS}/${file.path}` })),
  ];
}

const gzip = (text: string) => gzipSync(Buffer.from(text), { level: 9, mtime: 0 });

function controlOf({ version, architecture, maintainer }: Package, kibibytes: number): string {
  return `Package: memoferry
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kibibytes}
Depends: ${DEPENDS}
Section: net
Priority: optional
Description: turns what you send to your Telegram bot into memos
 Texts, photos, albums, files, forwards and replies that are sent to a Telegram
 bot of your own become memos on a Memos server. Each message is on disk before
 Telegram is told that it arrived, and becomes exactly one memo, also after a
 crash, a power cut, or days in which Memos was away.
`;
}

function changelogOf({ version, maintainer, time }: Package): string {
  const date = new Date(time * 1000).toUTCString().replace("GMT", "+0000");
  return `memoferry (${version}) stable; urgency=medium

  * What changed is told in CHANGELOG.md.gz.

 -- ${maintainer}  ${date}
`;
}

function copyrightOf({ license }: Package): string {
  const [, copyright = "", ...text] = license.split(/\n\n+/);
  const indented = text.join("\n\n").trim().replace(/^/gm, " ").replace(/^ $/gm, " .");
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: memoferry
Comment: The executable holds Bun and npm packages under licences of their own:
 THIRD-PARTY-LICENSES.txt beside this file. The LGPL and the Apache License that
 it names are in /usr/share/common-licenses.

Files: *
Copyright: ${copyright.replace(/^Copyright \(c\) /, "")}
License: Expat

License: Expat
${indented}
`;
}

const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # Only where it runs.
  systemctl try-restart memoferry.service
  systemctl is-enabled --quiet memoferry.service ||
    echo "memoferry: 'sudo memoferry install' asks for the settings and starts the service"
fi
`;

const PRERM = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now memoferry.service
fi
`;

const POSTRM = `#!/bin/sh
set -e
if [ "$1" = purge ]; then
  rm -rf /etc/memoferry /var/lib/private/memoferry /var/lib/memoferry
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
`;

const OVERRIDES = `# The program lies in a section of Bun's executable. strip cuts its end off, and leaves plain Bun.
memoferry: unstripped-binary-or-object *
# Bun is built by its makers, with the libraries it is tested with.
memoferry: embedded-library *
memoferry: hardening-no-pie *
memoferry: hardening-no-relro *
# The package is made on any system, so without debhelper. Nothing is enabled or started by it: "memoferry install"
# asks for the settings first.
memoferry: maintainer-script-calls-systemctl *
`;
