// Rules about the text of every file: no notes to self, no path of one machine; links and commands in prose that lead
// somewhere.
#pragma once

#include <string>
#include <vector>

#include "tests/project/source_tree.h"

namespace lockscope::project {

// Words that promise later work, in any text file.
Findings FindNotesToSelf(const SourceTree& tree);

// Absolute paths that exist on the machine of whoever wrote them, in any text file.
Findings FindMachinePaths(const SourceTree& tree);

// Links in *.md files, as [text](path) or src="path" or href="path", to files that do not exist.
Findings FindDeadLinks(const SourceTree& tree);

// "./dev NAME" in *.md files where the script `dev` has no such command.
Findings FindUnknownDevCommands(const SourceTree& tree);

// The names at the top of the tree: those that git knows, and where there is no git, all but build/.
std::vector<std::string> TopLevelNames(const SourceTree& tree);

}  // namespace lockscope::project
