#!/usr/bin/env python3
"""Compares a run without a cluster with a cluster's merged one, byte by byte (times and host aside), and prints what the
tasks took: compare-runs.py WHOLE RUN JOBS, JOBS being the file of Slurm's jobcomp/filetxt."""

import datetime
import json
import pathlib
import re
import sys

HOST = ["commit", "threads", "cpu", "isa", "os", "started", "seconds", "reused", "command"]


def fingerprint(folder):
    results = json.loads((folder / "results.json").read_text())
    for key in HOST:
        del results["run"][key]
    for claim in results["claims"]:
        del claim["seconds"]
    return json.dumps(results, indent=1).encode()


def entries(journal):
    lines = journal.read_text().splitlines()[1:]
    return [json.loads(line)["entry"] for line in lines]


def main():
    whole, run, jobs = map(pathlib.Path, sys.argv[1:])
    same = fingerprint(whole) == fingerprint(run / "report")
    data = lambda folder: {p.relative_to(folder): p.read_bytes() for p in (folder / "data").rglob("*") if p.is_file()}
    same_data = data(whole) == data(run / "report")
    taken = [e for journal in run.glob("work/*/journal.jsonl") for e in entries(journal)]
    needed = entries(whole / "journal.jsonl")
    # What is not to be had here (CIFAR-100, say) is asked again in every round; what has an answer must never be.
    answered = lambda all: sorted(e["key"] for e in all if "unavailable" not in e["answers"]["result"])
    once = answered(taken) == answered(needed) and {e["key"] for e in taken} == {e["key"] for e in needed}
    print(f"results.json without times and host: {len(fingerprint(whole))} bytes, {'the same' if same else 'DIFFERENT'}")
    print(f"plots' data: {'the same' if same_data else 'DIFFERENT'} in {len(data(whole))} files")
    print(f"{len(answered(needed))} measurements have answers, each taken {'by one task' if once else 'NOT ONCE'}; "
          f"{len(needed) - len(answered(needed))} lack their data, asked {len(taken) - len(answered(taken))} times")

    seconds = {}
    for line in jobs.read_text().splitlines():
        job = dict(re.findall(r"(\w+)=(\S+)", line))
        start, end = (datetime.datetime.fromisoformat(job[key]) for key in ("StartTime", "EndTime"))
        took = (end - start).total_seconds()
        seconds.setdefault((job["Name"], job["JobState"]), []).append(took)
    for (name, state), list_ in sorted(seconds.items()):
        print(f"{name:28} {state:10} {len(list_):3} ended, {min(list_):.0f} to {max(list_):.0f} s")
    done = [t for (name, state), list_ in seconds.items() if state == "COMPLETED" and "finish" not in name for t in list_]
    work = sum(e["answers"]["seconds"] for e in taken)
    every = sum(t for (name, _), list_ in seconds.items() if "finish" not in name for t in list_)
    count = sum(len(list_) for (name, _), list_ in seconds.items() if "finish" not in name)
    print(f"{count} tasks ended, {len(done)} of them in good order; {every:.0f} s in all, {work:.0f} s of it measuring: "
          f"{(every - work) / count:.1f} s a task beside measuring")
    sys.exit(0 if same and same_data and once else 1)


if __name__ == "__main__":
    main()
