#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Manual pages and completions for bash, zsh and fish, of what the tool says about itself: pages.py TOOL FOLDER
Writes modsig.1, a modsig-COMMAND.1 for each command, modsig (bash), _modsig (zsh) and modsig.fish into FOLDER."""
import os
import re
import subprocess
import sys

PURPOSE = "signs and verifies modules, plugins and other files"


class Command:
    def __init__(self, name, purpose):
        self.name, self.purpose, self.options, self.arguments, self.examples = name, purpose, [], [], []


class Option:
    def __init__(self, kind, names, value, required, purpose):
        self.names = sorted(names.rstrip(".").split(","), key=lambda name: (name.startswith("--"), name))  # -j first
        self.shown = names if kind == "argument" else ", ".join(self.names)
        self.value = value.split(":")[0].replace("TEXT", "VALUE")  # what follows are the checks of the command line's parser
        self.is_flag, self.is_required, self.purpose = kind == "flag", required == "required", purpose

    @property
    def choices(self):
        """The words that the purpose lists: "strict (default), legacy", or the value: attributes|content|any."""
        if re.fullmatch(r"[a-z0-9-]+(\|[a-z0-9-]+)+", self.value):
            return self.value.split("|")
        if self.value not in ("POLICY", "TYPE", "L", "HOW"):
            return []
        listed = re.search(r"(?:^|: )((?:[a-z][a-z0-9-]*(?: \([^)]*\))?(?:, )?){2,})(?:$|;)", self.purpose)
        return re.findall(r"([a-z][a-z0-9-]*)(?: \([^)]*\))?(?:, |$)", listed[1]) if listed else []

    @property
    def takes_file(self):
        return bool(re.search(r"FILE|DIR|IMAGE|KEY|CERT", self.value))


def describe(tool):
    commands, statuses = [], []
    for line in subprocess.run([tool, "--describe"], check=True, capture_output=True, text=True).stdout.splitlines():
        kind, *fields = line.split("\t")
        if kind == "command":
            commands.append(Command(*fields))
        elif kind == "example":
            commands[-1].examples.append(fields[0])
        elif kind == "status":
            statuses.append(fields)
        elif kind == "argument":
            commands[-1].arguments.append(Option(kind, *fields))
        else:
            commands[-1].options.append(Option(kind, *fields))
    return commands, statuses


# ---- manual pages: man(7) ------------------------------------------------------------------------------------------------

def roff(text):
    """Text that begins no request and has no escapes; hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq").replace("~", "\\(ti").replace("^", "\\(ha")
    return "\\&" + text if text.startswith(".") else text


def page(name, purpose, parts, version):
    head = f'.TH "{name.upper()}" "1" "" "modsig {version}" "User Commands"\n.SH NAME\n{roff(name)} \\- {roff(purpose)}\n'
    return head + "".join(f".SH {title}\n{text}" for title, text in parts if text)


def tagged(tag, text):
    return f".TP\n{tag}\n{roff(text)}\n"


def first_small(text):
    return text[:1].lower() + text[1:]


def command_page(command, statuses, version):
    synopsis = f".B modsig {roff(command.name)}\n" + ("[\\fIOPTION\\fR]... " if command.options else "")
    synopsis += " ".join(f"\\fI{roff(each.shown)}\\fR" if each.is_required else f"[\\fI{roff(each.shown)}\\fR]" for each in command.arguments) + "\n"
    arguments = "".join(tagged(f"\\fI{roff(each.shown)}\\fR", each.purpose) for each in command.arguments)
    options = "".join(tagged(f"\\fB{roff(each.shown)}\\fR" + ("" if each.is_flag else f" \\fI{roff(each.value)}\\fR"), each.purpose) for each in command.options)
    examples = "".join(f".nf\n{roff(line)}\n.fi\n" for line in command.examples)
    also = ".BR modsig (1)\n"
    return page(f"modsig-{command.name}", first_small(command.purpose),
                [("SYNOPSIS", synopsis), ("ARGUMENTS", arguments), ("OPTIONS", options), ("EXIT STATUS", status_text(statuses)), ("EXAMPLES", examples), ("SEE ALSO", also)], version)


def status_text(statuses):
    return "".join(tagged(f"\\fB{number}\\fR", text) for number, text in statuses)


def main_page(commands, statuses, version):
    synopsis = ".B modsig\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
    text = "modsig says whether files may be loaded: by signatures that are appended to them, beside them or in their extended attributes.\n"
    listed = "".join(tagged(f"\\fBmodsig\\-{roff(each.name)}\\fR(1)", each.purpose) for each in commands)
    also = ",\n".join(f".BR modsig\\-{roff(each.name)} (1)" for each in commands).replace("(1),", "(1),") + "\n"
    return page("modsig", PURPOSE, [("SYNOPSIS", synopsis), ("DESCRIPTION", text), ("COMMANDS", listed), ("EXIT STATUS", status_text(statuses)), ("SEE ALSO", also)], version)


# ---- completions ---------------------------------------------------------------------------------------------------------

def bash(commands):
    lines = ["# bash completion for modsig; made by pages.py", "_modsig() {", "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=", "    COMPREPLY=()",
             "    if [ \"$COMP_CWORD\" -eq 1 ]; then", f"        words='{' '.join(each.name for each in commands)} --help --version'", "    else", "        case ${COMP_WORDS[1]}:$before in"]
    for command in commands:
        for option in command.options:
            patterns = "|".join(f"{command.name}:{name}" for name in option.names)
            if option.choices:
                lines.append(f"            {patterns}) words='{' '.join(option.choices)}' ;;")
            elif not option.is_flag:
                lines.append(f"            {patterns}) {'COMPREPLY=($(compgen -f -- ' + chr(34) + '$current' + chr(34) + ')); ' if option.takes_file else ''}return ;;")
    lines += ["            *)", "                case ${COMP_WORDS[1]} in"]
    for command in commands:
        lines.append(f"                    {command.name}) words='{' '.join(name for option in command.options for name in option.names)}' ;;")
    lines += ["                esac", "                if [ \"${current#-}\" = \"$current\" ]; then", "                    COMPREPLY=($(compgen -f -- \"$current\"))", "                    return",
              "                fi ;;", "        esac", "    fi", "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))", "}", "complete -o filenames -F _modsig modsig"]
    return "\n".join(lines) + "\n"


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh(commands):
    def spec(option):
        text = re.sub(r"([\[\]:\\])", r"\\\1", option.purpose)
        action = "" if option.is_flag else ":" + re.sub(r"[:\[\]]", "", option.value) + ":" + (f"({' '.join(option.choices)})" if option.choices else "_files" if option.takes_file else " ")
        return [quoted(f"*{name}[{text}]{action}") for name in option.names]
    lines = ["#compdef modsig", "# made by pages.py", "_modsig() {", "    if (( CURRENT == 2 )); then", "        local -a commands", "        commands=("]
    lines += [f"            {quoted(each.name + ':' + each.purpose)}" for each in commands]
    lines += ["        )", "        _describe command commands", "        return", "    fi", "    case ${words[2]} in"]
    for command in commands:
        lines.append(f"        {command.name})")
        lines.append("            shift words; (( CURRENT-- ))")
        lines.append("            _arguments " + " ".join(each for option in command.options for each in spec(option)) + " '*:file:_files' ;;")
    return "\n".join(lines + ["    esac", "}", '_modsig "$@"']) + "\n"


def fish(commands):
    lines = ["# fish completion for modsig; made by pages.py", "complete -c modsig -n __fish_use_subcommand -l version -d 'Print the version'"]
    for command in commands:
        lines.append(f"complete -c modsig -f -n __fish_use_subcommand -a {command.name} -d {quoted(command.purpose)}")
        for option in command.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            values = "" if option.is_flag else f" -x -a {quoted(' '.join(option.choices))}" if option.choices else " -r -F" if option.takes_file else " -x"
            lines.append(f"complete -c modsig -n '__fish_seen_subcommand_from {command.name}' {names}{values} -d {quoted(option.purpose)}")
    return "\n".join(lines) + "\n"


def main(tool, folder):
    commands, statuses = describe(tool)
    version = subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
    files = {"modsig.1": main_page(commands, statuses, version), "modsig": bash(commands), "_modsig": zsh(commands), "modsig.fish": fish(commands)}
    files.update({f"modsig-{command.name}.1": command_page(command, statuses, version) for command in commands})
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
