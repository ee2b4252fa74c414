"""The outside programs: openssl, evmctl, the kernel's sign-file, fsverity. Each is run in a folder that is gone at the end."""
import glob
import os
import subprocess
import tempfile

from formats import split_modsign

SCRATCH = tempfile.TemporaryDirectory(prefix="modsig-corpus-")
SIGN_FILE = os.environ.get("SIGN_FILE") or (sorted(glob.glob("/usr/lib/linux-kbuild-*/scripts/sign-file")) or ["sign-file"])[0]


class ToolError(Exception):
    pass


def answer(*command, stdin=None):
    return subprocess.run([str(word) for word in command], input=stdin, capture_output=True, check=False, cwd=SCRATCH.name)


def run(*command, stdin=None):
    done = answer(*command, stdin=stdin)
    if done.returncode != 0:
        raise ToolError(f"{command}: exit status {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return done.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def scratch(name, data):
    """A file in a folder of its own, for a tool to read, and to write others beside."""
    return write(os.path.join(tempfile.mkdtemp(dir=SCRATCH.name), name), data)


def openssl_verifies(content, message, certificates=None, anchor=None):
    """`certificates`: a PEM file the signers' are looked for in, besides those in the message. `anchor`: a PEM file that a path
    must lead to; without, any signer will do."""
    return answer("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", scratch("message", message), "-content", scratch("content", content),
                  "-out", "/dev/null", "-purpose", "any", *(["-CAfile", anchor] if anchor else ["-noverify"]),
                  *(["-certfile", certificates] if certificates else [])).returncode == 0


def evmctl_verifies(payload, signature, key, *options):
    """Whether evmctl takes a file with that signature beside it. `key`: a certificate; with `--rsa`, for version 1, a PEM public key."""
    path = scratch("file", payload)
    write(path + ".sig", signature)
    return answer("evmctl", "ima_verify", *options, "--sigfile", "-k", key, path).returncode == 0


def sign_file(key, digest, data, *flags, raw=None):
    """The signed file, or None, and the message that was written beside it, or None. `raw`: a signature made elsewhere."""
    path = scratch("m.ko", data)
    if raw is None:
        run(SIGN_FILE, *flags, digest, f"{key}.key.pem", f"{key}.cert.pem", path, path + ".signed")
    else:
        run(SIGN_FILE, "-s", scratch("raw.p7s", raw), digest, f"{key}.cert.pem", path, path + ".signed")
    return [next((read(path + end) for end in ends if os.path.exists(path + end)), None) for ends in ([".signed"], [".p7s", ".signed.p7s"])]


def appended_message(key, digest, data, *flags):
    """The message that sign-file appends."""
    content, message, _ = split_modsign(sign_file(key, digest, data, *flags)[0])
    assert content == data
    return message


def cms_sign(signers, digest="sha256", *options, data, certificates=False, attributes=False, capabilities=True, key_options=(), command="cms"):
    """`signers`: paths of keys and certificates without `.key.pem` and `.cert.pem`."""
    path = scratch("payload", data)
    words = [] if certificates else ["-nocerts"]
    words += ["-noattr"] if not attributes else [] if capabilities else ["-nosmimecap"]
    for signer in signers:
        words += ["-signer", f"{signer}.cert.pem", "-inkey", f"{signer}.key.pem", *(word for option in key_options for word in ("-keyopt", option))]
    run("openssl", command, "-sign", "-binary", "-outform", "DER", "-in", path, "-out", path + ".p7s", "-md", digest, *words, *options)
    return read(path + ".p7s")


def fsverity_sign(key, data, digest="sha256", block_size=4096, salt=b""):
    """Signature, descriptor and Merkle tree."""
    path = scratch("file", data)
    run("fsverity", "sign", path, path + ".sig", f"--key={key}.key.pem", f"--cert={key}.cert.pem", f"--hash-alg={digest}", f"--block-size={block_size}",
        f"--out-descriptor={path}.desc", f"--out-merkle-tree={path}.tree", *([f"--salt={salt.hex()}"] if salt else []))
    return [read(path + end) for end in (".sig", ".desc", ".tree")]
