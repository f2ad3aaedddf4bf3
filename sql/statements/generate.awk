# Turns sql/statements/TABLE.sql into a C header: an enum of indices and a table
# of struct db_statement (common/db/db.h), in the file's order.
#
#   awk -v table=sm -f generate.awk sm.sql
#
# A statement begins behind a line "-- name: roster_upsert", which becomes
# SM_ROSTER_UPSERT; a line "-- name: message_add batch" makes a statement over
# arrays, "batch_last" one at the end of its commit, "search" one that is a search.
# A line "-- include: directory.sql" stands for that file of shared/: statements
# that several tables have, or a part that several statements have. Other comment
# lines and empty lines are left out.
# The number of parameters is the highest $N.

function take(line,    words, rest, number) {
    split(line, words, " ")
    if (line ~ /^-- name: /) {
        count++
        name[count] = words[3]
        kind[count] = "DB_" toupper(words[4] ? words[4] : "single")
        return
    }
    if (line ~ /^[ \t]*--/ || line ~ /^[ \t]*$/)
        return
    if (count == 0) {
        print FILENAME ":" FNR ": text before the first \"-- name:\"" \
            > "/dev/stderr"
        failed = 1
        exit 1
    }
    sub(/[ \t]*;[ \t]*$/, "", line)
    rest = line
    while (match(rest, /\$[0-9]+/)) {
        number = substr(rest, RSTART + 1, RLENGTH - 1) + 0
        if (number > params[count])
            params[count] = number
        rest = substr(rest, RSTART + RLENGTH)
    }
    gsub(/\\/, "\\\\", line)
    gsub(/"/, "\\\"", line)
    text[count] = text[count] "\n        \"" line "\\n\""
}

/^-- include: / {
    file = FILENAME
    sub(/[^\/]*$/, "shared/" $3, file)
    while ((found = (getline line < file)) > 0)
        take(line)
    if (found < 0) {
        print FILENAME ":" FNR ": cannot read " file > "/dev/stderr"
        failed = 1
        exit 1
    }
    close(file)
    next
}
{
    take($0)
}
END {
    if (failed)
        exit 1
    upper = toupper(table)
    print "/* Generated from sql/statements/" table ".sql. */"
    print "#ifndef POSTHOUSE_" upper "_STATEMENTS_H"
    print "#define POSTHOUSE_" upper "_STATEMENTS_H"
    print ""
    print "#include \"common/db/db.h\""
    print ""
    print "enum " table "_statement {"
    for (i = 1; i <= count; i++)
        print "    " upper "_" toupper(name[i]) ","
    print "    " upper "_STATEMENT_COUNT"
    print "};"
    print ""
    print "static const struct db_statement " table "_statements[] = {"
    for (i = 1; i <= count; i++)
        print "    {\"" name[i] "\"," text[i] ",\n     " params[i] + 0 "u, " \
            kind[i] "},"
    print "};"
    print ""
    print "#endif"
}
