#include "viewer/model/toolbar_plan.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <vector>

namespace lockscope::viewer {
namespace {

constexpr float kMargin = 10;      // At both ends.
constexpr float kGap = 10;         // Between groups.
constexpr float kHeight = 48;      // Of one row …
constexpr float kRow = 36;         // … and of each further one.
constexpr float kTitleGap = 16;    // Beside the title.
constexpr float kLeastTitle = 40;  // Less says nothing.

using Groups = std::vector<ToolGroup>;

class Planner {
 public:
  Planner(const ToolWidths& widths, float title, float button, float width, float scale)
      : widths_(widths), title_(title), button_(button), width_(width), scale_(scale) {}

  ToolbarPlan Run() {
    const Groups left = There({ToolGroup::kPlay, ToolGroup::kSpeed});
    const Groups right =
        There({ToolGroup::kAxis, ToolGroup::kViews, ToolGroup::kZoom, ToolGroup::kWaits, ToolGroup::kLook});
    plan_.height = std::round(kHeight * scale_);
    const float between = title_ > 0 ? title_ + 2 * kTitleGap * scale_ : kGap * scale_;
    if (Room(left) + between + Room(right) <= Inner()) {
      PlaceWithTitle(left, right);
      return plan_;
    }
    plan_.height += std::round(kRow * scale_);
    const Groups look = There({ToolGroup::kLook});
    PlaceWithTitle(Fitting(left, {ToolGroup::kSpeed}, Inner() - Room(look) - kGap * scale_), look);
    const Groups below = There({ToolGroup::kAxis, ToolGroup::kViews, ToolGroup::kZoom, ToolGroup::kWaits});
    Place(Fitting(below, {ToolGroup::kZoom, ToolGroup::kWaits, ToolGroup::kViews, ToolGroup::kAxis}, Inner()),
          kMargin * scale_, Top() + std::round(kRow * scale_));
    return plan_;
  }

 private:
  float WidthOf(ToolGroup group) const { return widths_[static_cast<size_t>(group)]; }
  float Inner() const { return width_ - 2 * kMargin * scale_; }
  float Top() const { return std::round((kHeight * scale_ - button_) / 2); }

  Groups There(std::initializer_list<ToolGroup> groups) const {
    Groups there;
    std::copy_if(groups.begin(), groups.end(), std::back_inserter(there),
                 [&](ToolGroup group) { return WidthOf(group) > 0; });
    return there;
  }

  float Room(const Groups& groups) const {
    float room = groups.empty() ? 0 : kGap * scale_ * static_cast<float>(groups.size() - 1);
    for (const ToolGroup group : groups) room += WidthOf(group);
    return room;
  }

  // Without those, the first of them first, that there is no room for.
  Groups Fitting(Groups groups, std::initializer_list<ToolGroup> give_way, float room) const {
    for (const ToolGroup group : give_way) {
      if (Room(groups) > room) std::erase(groups, group);
    }
    return groups;
  }

  void Place(const Groups& groups, float x, float y) {
    for (const ToolGroup group : groups) {
      plan_.at[static_cast<size_t>(group)] = Point{std::round(x), y};
      x += WidthOf(group) + kGap * scale_;
    }
  }

  // The first row: groups at both ends, and as much of the title as there is room for between them.
  void PlaceWithTitle(const Groups& left, const Groups& right) {
    const float right_x = width_ - kMargin * scale_ - Room(right);
    Place(left, kMargin * scale_, Top());
    Place(right, right_x, Top());
    const float from = kMargin * scale_ + Room(left) + kTitleGap * scale_;
    const float room = right_x - kTitleGap * scale_ - from;
    if (room >= kLeastTitle * scale_) plan_.title = {from, Top(), room, button_};
  }

  const ToolWidths& widths_;
  const float title_;
  const float button_;
  const float width_;
  const float scale_;
  ToolbarPlan plan_;
};

}  // namespace

ToolbarPlan PlanToolbar(const ToolWidths& widths, float title, float button, float width, float scale) {
  return Planner(widths, title, button, width, scale).Run();
}

}  // namespace lockscope::viewer
