# SPDX-License-Identifier: MIT
# Writes a manual page in Markdown, from docs/commands.md, the first file. page=vxe-snapshot: that page, of an area of
# commands. Without it: the second file, in which @AREAS@, @CLASSES@, @PAGES@ and @EXAMPLES@ with names of commands
# stand for what the first one says.

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
}

# A line of docs/commands.md between headings.
function text(    what) {
	if (/^Manual page: /) {
		name[areas] = $3
		gsub(/[`.]|\(7\)/, "", name[areas])
	} else if (!command && /./)
		about[areas] = about[areas] $0 "\n"
	if (/^```/)
		code = !code
	else if (code)
		examples[command] = examples[command] $0 "\n"
	else if (class && /^The fields of /) {
		what = $0
		gsub(/^The fields of |, by `uuid=`.*/, "", what)
		fields = fields "- `" class "`: " what "\n"
	}
}

/^## Appendix/ && NR == FNR { over = 1 }
NR == FNR && !over {
	if (/^###? /)
		heading()
	else if (areas)
		text()
	if (command && !code) {
		sub(/^### /, "## ")
		gsub(/\[fields\.md\]\([^)]*\)/, "docs/fields.md")
	}
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
	for (i = 1; i <= areas && name[i] != page; i++)
		;
	if (i > areas)
		fail("no such page: " page)
	printf "title: %s\nsection: 7\nsource: vxe\nvolume: Commands of vxe\n\n", toupper(page)
	printf "# NAME\n\n%s - %s in vxe\n\n", page, tolower(title[i])
	printf "# DESCRIPTION\n\n%s\n", about[i]
	print "Selectors, options and the exit status are those of **vxe**(1). Commands and parameters marked (vxe) do"
	print "not exist when the program is called `xe`. In the examples `VM-UUID` stands for the UUID of a VM, and so on.\n"
	printf "# COMMANDS\n\n%s# SEE ALSO\n\n**vxe**(1), %s\n", body[i], pages(i)
}
