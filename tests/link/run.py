# SPDX-License-Identifier: BSL-1.0
"""Only what is composed is linked: a verifier of MODSIGN holds nothing of digsig, IMA and the policies it does not name.

run.py PROGRAM GOOD-MODULE OTHER-FILE
"""
import re
import subprocess
import sys

program, good, other = sys.argv[1:]
if subprocess.run([program, good]).returncode != 0:
    sys.exit("the program does not verify " + good)
if subprocess.run([program, other]).returncode != 1:
    sys.exit("the program verifies " + other)
names = subprocess.run(["nm", "-C", program], check=True, capture_output=True, text=True).stdout.splitlines()
ours = [name for name in names if "modsig::" in name]
wanted = [name for name in ours if "layout::cms" in name]
others = "digsig|digsig_header|digsig_v1_id|ima|read_mpi|modsign_x509|linux_pkcs7|linux_digsig|linux_modsign|portable_sha1"
stray = [name for name in ours if re.search(rf"modsig::(\w+::)*({others})\b", name)]
for name in stray:
    print("linked, and should not be:", name)
print(f"{len(ours)} symbols of modsig, {len(wanted)} of them of CMS, {len(stray)} of other layouts")
sys.exit(1 if stray or not wanted else 0)
