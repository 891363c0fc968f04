"""Runs the driver tests in each environment of venv.py.

python3 run.py [name …] [-- pytest options]
"""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import venv as environments  # noqa: E402  (this folder's venv.py)


def main(words: list[str]) -> int:
    split = words.index("--") if "--" in words else len(words)
    names, options = words[:split] or ["py5", "py4"], words[split + 1 :]
    worst = 0
    for name in names:
        python = environments.make(name) / "bin" / "python"
        print(f"drivers: {name}", flush=True)
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(pathlib.Path(__file__).parent)]
        worst = max(worst, subprocess.run([*command, *options]).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
