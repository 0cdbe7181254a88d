// What may be called only behind a seam (clocks, sockets, threads): the list of tests/seams.txt and its check.
//
// The list is blocks: a line "NAME: WORDS" at the margin says what is watched, indented lines "FILE: REASON" below it
// say where it may stand ("FOLDER/" for a whole folder). A word is an identifier, perhaps qualified (std::mutex), or
//   NAME(    a call of the system: no member (a.poll), no other namespace's function, no declaration
//   NAME*    every identifier that begins so
//   <NAME>   a header
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/project/source_tree.h"

namespace lockscope::project {

class SeamRules {
 public:
  SeamRules(std::string_view text, const std::string& file);

  // Every use outside a seam in core/ and viewer/, and every entry of the list that is no longer needed.
  Findings Check(const SourceTree& tree) const;

 private:
  struct Place {
    std::string path;
    std::string reason;
  };
  struct Seam {
    std::string name;
    std::vector<std::string> words;
    std::vector<Place> places;
  };

  Findings list_findings_;
  std::vector<Seam> seams_;
};

// How often `word`, in one of the forms above, stands in a line of code without comments and strings.
int CountUses(std::string_view line, std::string_view word);

}  // namespace lockscope::project
