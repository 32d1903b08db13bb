#!/usr/bin/env python3
"""Software bill of materials, CycloneDX 1.5 JSON on standard output: every crate that the program links (Cargo.lock, with
checksums and licences, feature `torch` included) and what set-up downloads (pinned with SHA-256 in setup.py)."""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)


def linked(data):
    """Ids of the packages that the program links or is built with; tests' own are left out."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    found, waiting = set(), [data["resolve"]["root"]]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for dependency in nodes[name]["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    return found


def crate(package, checksum):
    component = {
        "type": "library",
        "name": package["name"],
        "version": package["version"],
        "purl": f"pkg:cargo/{package['name']}@{package['version']}",
    }
    if package["license"]:
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if checksum:
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return component


def main():
    data = metadata()
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    sums = {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}
    root = data["resolve"]["root"]
    wanted = linked(data) - {root}
    packages = [p for p in data["packages"] if p["id"] in wanted]
    packages.sort(key=lambda p: (p["name"], p["version"]))
    components = [crate(p, sums.get((p["name"], p["version"]))) for p in packages]
    own = next(p for p in data["packages"] if p["id"] == root)
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": dict(crate(own, None), type="application")},
        "components": components + downloads(),
    }
    json.dump(bill, sys.stdout, indent=1)
    print()
    unknown = [p["name"] for p in packages if not sums.get((p["name"], p["version"]))]
    if unknown:
        sys.exit(f"no checksum: {', '.join(unknown)}")


def downloads():
    """Packages that setup.py names with their SHA-256: `name==version` for pip, `name@version` for npm, `apt(name, …)`."""
    text = (ROOT / "scripts" / "setup.py").read_text()
    for name, value in re.findall(r'^([A-Z_]+) = "([^"]+)"', text, re.MULTILINE):
        text = text.replace("{" + name + "}", value)
    pairs = re.findall(r'"([\w.-]+)(==|@)([\w.+~-]+)",\s*"([0-9a-f]{64})"', text)
    kinds = {"==": "pypi", "@": "npm"}
    found = {}
    for name, sign, version, checksum in pairs:
        component = found.setdefault(
            (name, version),
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"pkg:{kinds[sign]}/{name}@{version}",
                "hashes": [],
            },
        )
        component["hashes"].append({"alg": "SHA-256", "content": checksum})
    for name, checksum in re.findall(r'\bapt\("([\w.-]+)",\s*"([0-9a-f]{64})"', text):
        hashes = [{"alg": "SHA-256", "content": checksum}]
        found[name] = {"type": "library", "name": name, "purl": f"pkg:deb/debian/{name}", "hashes": hashes}
    if len(found) < 5:
        sys.exit("the packages that setup.py fetches were not found in it")
    return list(found.values())


if __name__ == "__main__":
    main()
