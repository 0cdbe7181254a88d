#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/project/layer_rules.h"
#include "tests/project/planted_tree.h"

namespace lockscope::project {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LayersTest, IncludesOnlyGoDown) {
  const SourceTree tree = ThisProject();
  const Findings findings = LayerRules(tree.Read("tests/layers.txt"), "tests/layers.txt").Check(tree);
  EXPECT_TRUE(findings.empty()) << Join(findings);
}

constexpr char kTwoLayers[] =
    "core/base:\n"
    "core/trace: core/base\n"
    "<unistd.h>: anywhere\n"
    "<nlohmann/*> <imgui.h>: core/trace  # a reason\n";

class PlantedLayersTest : public PlantedTree {
 protected:
  PlantedLayersTest() {
    Plant("core/base/a.h", "#include <vector>\n#include <unistd.h>\n");
    Plant("core/trace/b.cc", "#include \"core/base/a.h\"\n#include <nlohmann/json.hpp>\n");
  }
  Findings Check(const std::string& list = kTwoLayers) const { return LayerRules(list, "layers.txt").Check(Tree()); }
};

TEST_F(PlantedLayersTest, AcceptsATreeThatKeepsTheList) { EXPECT_THAT(Check(), IsEmpty()); }

TEST_F(PlantedLayersTest, FindsAnIncludeThatGoesUp) {
  Plant("core/base/bad.cc", "\n#include \"core/trace/b.h\"\n");
  EXPECT_THAT(Check(),
              ElementsAre("core/base/bad.cc:2: includes core/trace/b.h; core/base may include nothing of ours"));
}

TEST_F(PlantedLayersTest, FindsALibraryOutsideItsFolder) {
  Plant("core/base/bad.h", "# include <nlohmann/json_fwd.hpp>\n");
  EXPECT_THAT(Check(), ElementsAre("core/base/bad.h:1: includes nlohmann/json_fwd.hpp; it is for core/trace alone"));
}

TEST_F(PlantedLayersTest, FindsALibraryInQuotes) {
  Plant("core/base/bad.h", "#include \"imgui.h\"\n");
  EXPECT_THAT(Check(), ElementsAre("core/base/bad.h:1: includes imgui.h; it is for core/trace alone"));
}

TEST_F(PlantedLayersTest, FindsAHeaderThatTheListLacks) {
  Plant("core/base/bad.h", "#include <zstd.h>\n#include \"a.h\"\n");
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("bad.h:1: includes zstd.h; a header that the list of layers lacks"),
                                   HasSubstr("bad.h:2: includes a.h; a header that the list of layers lacks")));
}

TEST_F(PlantedLayersTest, FindsAFolderThatTheListLacks) {
  Plant("core/extra/c.h", "");
  EXPECT_THAT(Check(), ElementsAre("core/extra: a folder that the list of layers lacks"));
}

TEST_F(PlantedLayersTest, FindsALayerWithoutAFolder) {
  EXPECT_THAT(Check(fmt::format("{}core/sync: core/base\n", kTwoLayers)),
              ElementsAre("core/sync: in the list of layers, but there is no such folder"));
}

TEST_F(PlantedLayersTest, FindsACycleInTheList) {
  EXPECT_THAT(Check("core/base: core/trace\ncore/trace: core/base\n<nlohmann/*> <unistd.h>: anywhere\n"),
              ElementsAre("layers.txt:1: core/trace is not a layer below core/base"));
}

}  // namespace
}  // namespace lockscope::project
