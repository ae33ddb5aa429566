# SPDX-License-Identifier: MIT
# Writes a manual page in Markdown, from docs/commands.md, the first file. page=vxe-snapshot: that page, of an area of
# commands; page=vxe-vm-snapshot: that of a command. Without it: the second file, in which @AREAS@, @CLASSES@, @PAGES@ and
# @EXAMPLES@ with names of commands stand for what the first one says.

function fail(what) {
	print what >"/dev/stderr"
	exit failed = 1
}

# The pages of all areas but one.
function pages(but,    k, list) {
	for (k = 1; k <= areas; k++)
		if (k != but)
			list = list (list ? ", " : "") "**" name[k] "**(7)"
	return list
}

# A heading of docs/commands.md: that of an area, which has a text, or that of a command.
function heading() {
	if (/^## /) {
		title[++areas] = substr($0, 4)
		command = ""
		return
	}
	command = class = $2
	if (!sub(/-param-list,$/, "", class))
		class = ""
	sub(/,$/, "", command)
	area[command] = areas
}

# A line "Manual page: ...": that of an area, or those of the commands of an entry.
function manual_page(    k, n, names) {
	gsub(/^Manual page: |[`.]|\([17]\)/, "")
	if (!command) {
		name[areas] = $0
		return
	}
	n = split($0, names, ", ")
	for (k = 1; k <= n; k++)
		entry[names[k]] = command
}

# A line of docs/commands.md between headings.
function text(    what) {
	if (!command && /./)
		about[areas] = about[areas] $0 "\n"
	if (/^```/)
		code = !code
	else if (code)
		examples[command] = examples[command] $0 "\n"
	else if (/^See also: /)
		related[command] = $0
	else if (command && !/^###/ && !(/^$/ && words[command] ~ /\n\n$/))
		words[command] = words[command] $0 "\n"
	if (!code && /^- `[a-z-]*`: /) {
		what = $2
		gsub(/[`:]/, "", what)
		does[what] = substr($0, length($2) + 4)
	} else if (command && !(command in does) && /^[A-Z]/)
		does[command] = $0
	if (class && !code && /^The fields of /) {
		what = $0
		gsub(/^The fields of |, by `uuid=`.*/, "", what)
		fields = fields "- `" class "`: " what "\n"
	}
}

# The page of an area.
function write_area(i) {
	printf "title: %s\nsection: 7\nsource: vxe\nvolume: Commands of vxe\n\n", toupper(page)
	printf "# NAME\n\n%s - %s in vxe\n\n", page, tolower(title[i])
	printf "# DESCRIPTION\n\n%s\n", about[i]
	print "Selectors, options and the exit status are those of **vxe**(1). Commands and parameters marked (vxe) do"
	print "not exist when the program is called `xe`. In the examples `VM-UUID` stands for the UUID of a VM, and so on.\n"
	printf "# COMMANDS\n\n%s# SEE ALSO\n\n**vxe**(1), %s\n", body[i], pages(i)
}

# The pages about the commands that the text of an entry names: their own, or those of their areas.
function see(line, but,    k, n, names, list, to, seen) {
	gsub(/^See also: |[`.]/, "", line)
	n = split(line, names, ", ")
	for (k = 1; k <= n; k++) {
		sub(/-\*$/, "-list", names[k])
		to = "vxe-" names[k]
		to = to in entry ? "**" to "**(1)" : area[names[k]] ? "**" name[area[names[k]]] "**(7)" : ""
		if (to && to != but && !seen[to]++)
			list = list ", " to
	}
	return list
}

# The page of a command. What it does is the beginning of its entry.
function write_command(    command, what, of) {
	command = substr(page, 5)
	what = does[command]
	sub(/([.;:]| \().*$/, "", what)
	of = entry[page]
	printf "title: %s\nsection: 1\nsource: vxe\nvolume: Commands of vxe\n\n", toupper(page)
	printf "# NAME\n\n%s - %s\n\n", page, tolower(substr(what, 1, 1)) substr(what, 2)
	printf "# SYNOPSIS\n\n**vxe %s** [*key*=*value* ...] [--*flag* ...]\n\n", command
	printf "# DESCRIPTION\n\n%s\n", words[of]
	print "Selectors, options and the exit status are those of **vxe**(1). What is marked (vxe) does not exist when the"
	print "program is called `xe`."
	if (of in examples)
		printf "\n# EXAMPLES\n\n```\n%s```\n", examples[of]
	of = "**" name[area[of]] "**(7)"
	printf "\n# SEE ALSO\n\n**vxe**(1), %s%s\n", of, see(related[entry[page]], of)
}

/^## Appendix/ && NR == FNR { over = 1 }
NR == FNR && !over {
	if (/^Manual page: /) {
		manual_page()
		next
	}
	gsub(/\[fields\.md\]\([^)]*\)/, "docs/fields.html")
	if (/^###? /)
		heading()
	else if (areas)
		text()
	if (command && !code)
		sub(/^### /, "## ")
	if (command)
		body[areas] = body[areas] $0 "\n"
}
NR == FNR || page { next }

/^@AREAS@$/ {
	for (i = 1; i <= areas; i++)
		printf "**%s**(7)\n: %s\n", name[i], about[i]
	next
}
/^@CLASSES@$/ { $0 = fields }
/^@EXAMPLES / {
	print "```"
	for (i = 2; i < NF; i++) {
		if (!($i in examples))
			fail("no example of " $i)
		printf "%s", examples[$i]
	}
	print "```"
	next
}
/@PAGES@/ { sub(/@PAGES@/, pages(0)) }
{ print }

END {
	if (failed || !page)
		exit failed
	if (page in entry) {
		write_command()
		exit 0
	}
	for (i = 1; i <= areas && name[i] != page; i++)
		;
	if (i > areas)
		fail("no such page: " page)
	write_area(i)
}
