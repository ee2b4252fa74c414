# What Doxygen reads of a header: the comment that it begins with as the file's documentation, and as it stands (it has tables); the
# inline namespace that tells units apart left out; for each errc the text, stage and errno of its row in errc_table. Lines keep their
# numbers.
BEGIN {
    while ((getline line < ARGV[1]) > 0)
        if (split(line, part, /\{errc::|, "|", stage::|, linux_error::|"\}/) == 7) text[part[2]] = part[6] "; stage::" part[4] ", " (part[5] == "none" ? "no errno" : toupper(part[5]))
    close(ARGV[1])
}
FNR == 1 && /SPDX/ { print "/** @file"; next }
FNR == 2 && /^\/\/$/ { print "@verbatim"; in_head = 1; next }
in_head && /^\/\// { if (held) print head; head = substr($0, 4); held = 1; next }
in_head { print head; print "@endverbatim */ " $0; in_head = 0; next }
/::inline MODSIG_KERNELS/ { sub(/::inline MODSIG_KERNELS/, "") }
/string_view module = / { sub(/module = "_module"/, "module{\"_module\"}") }  # Doxygen 1.9.8 takes `module =` for a module of C++20
/^enum class errc / { in_errc = 1 }
/^};/ { in_errc = 0 }
in_errc && /^ +[a-z]/ && !/\/\/\/</ {
    sub(/ *\/\/.*/, "")
    count = split($0, name, /[ ,]+/)
    $0 = ""
    for (i = 1; i <= count; ++i) if (name[i] != "") $0 = $0 " " name[i] ", /**< " text[name[i]] ". */"
}
{ print }
