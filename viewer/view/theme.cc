#include "viewer/view/theme.h"

#include <array>
#include <cmath>

#include "viewer/model/lane_content.h"

namespace lockscope::viewer {
namespace {

constexpr ImU32 Rgb(uint32_t rgb) { return IM_COL32(rgb >> 16 & 0xff, rgb >> 8 & 0xff, rgb & 0xff, 0xff); }

constexpr uint32_t kBlue = 0x0072b2;
constexpr uint32_t kGrey = 0x7a7f87;  // The event loop's leaf lock: taken often, seldom the story.
constexpr uint32_t kOrange = 0xe69f00;
constexpr uint32_t kGreen = 0x009e73;
constexpr uint32_t kPurple = 0xcc79a7;
constexpr uint32_t kSky = 0x56b4e9;
constexpr uint32_t kYellow = 0xe3d41d;  // A little darker than theirs: it must be seen on white.
constexpr uint32_t kVermilion = 0xd55e00;
constexpr std::array<uint32_t, 5> kOthers = {kOrange, kGreen, kPurple, kSky, kYellow};

float Channel(ImU32 color, int shift) { return static_cast<float>(color >> shift & 0xff); }

// Relative luminance, roughly (the weights of ITU-R BT.709 on gamma-encoded values): enough to pick black or white.
float Brightness(ImU32 color) {
  return (0.2126f * Channel(color, IM_COL32_R_SHIFT) + 0.7152f * Channel(color, IM_COL32_G_SHIFT) +
          0.0722f * Channel(color, IM_COL32_B_SHIFT)) /
         255;
}

}  // namespace

ImU32 Mix(ImU32 from, ImU32 to, float share) {
  ImU32 mixed = 0;
  for (const int shift : {IM_COL32_R_SHIFT, IM_COL32_G_SHIFT, IM_COL32_B_SHIFT, IM_COL32_A_SHIFT}) {
    const float value = Channel(from, shift) * (1 - share) + Channel(to, shift) * share;
    mixed |= static_cast<ImU32>(std::lround(value)) << shift;
  }
  return mixed;
}

ImU32 WithAlpha(ImU32 color, float alpha) {
  const auto value = static_cast<ImU32>(std::lround(alpha * 255));
  return (color & ~(0xffu << IM_COL32_A_SHIFT)) | value << IM_COL32_A_SHIFT;
}

const Theme& Theme::Light() {
  static const Theme theme = [] {
    Theme t;
    t.window = Rgb(0xfdfdfb);
    t.panel = Rgb(0xf4f4f0);
    t.edge = Rgb(0xdfdfd8);
    t.text = Rgb(0x1d2126);
    t.quiet = Rgb(0x565d67);
    t.faint = Rgb(0x878e98);
    t.grid = Rgb(0xe9e9e3);
    t.hover = Rgb(0xe6e6df);
    t.pressed = Rgb(0xd9dad4);
    t.cursor = Rgb(0x1d2126);
    t.column = WithAlpha(Rgb(0x1d2126), 0.08f);
    t.selection = WithAlpha(Rgb(0x1d2126), 0.07f);
    t.handoff = Rgb(kVermilion);
    t.handoff_text = Rgb(0xffffff);
    t.tooltip = Rgb(0xffffff);
    t.running_ = Rgb(0xd5dbe2);
    t.running_text_ = Rgb(0x1d2126);
    t.call_ = Rgb(0xf3efe0);
    t.call_dots_ = Rgb(0xcbbf98);
    t.call_text_ = Rgb(0x3f3a2a);
    return t;
  }();
  return theme;
}

const Theme& Theme::Dark() {
  static const Theme theme = [] {
    Theme t;
    t.dark = true;
    t.window = Rgb(0x15181c);
    t.panel = Rgb(0x1b1f24);
    t.edge = Rgb(0x2c323a);
    t.text = Rgb(0xe6e9ed);
    t.quiet = Rgb(0xa4acb7);
    t.faint = Rgb(0x737c88);
    t.grid = Rgb(0x23282e);
    t.hover = Rgb(0x2a3038);
    t.pressed = Rgb(0x353d47);
    t.cursor = Rgb(0xf2f4f6);
    t.column = WithAlpha(Rgb(0xf2f4f6), 0.11f);
    t.selection = WithAlpha(Rgb(0xf2f4f6), 0.09f);
    t.handoff = Rgb(0xf07a1c);  // Lighter than vermilion: as strong on dark as that is on white.
    t.handoff_text = Rgb(0x15181c);
    t.tooltip = Rgb(0x262c33);
    t.running_ = Rgb(0x434d59);
    t.running_text_ = Rgb(0xf0f2f4);
    t.call_ = Rgb(0x2b2a24);
    t.call_dots_ = Rgb(0x696350);
    t.call_text_ = Rgb(0xe2ddca);
    return t;
  }();
  return theme;
}

ImU32 Theme::HueColor(int hue) const {
  if (hue < 0) return quiet;
  if (hue == LaneContent::kServerHue) return dark ? Mix(Rgb(kBlue), Rgb(0xffffff), 0.18f) : Rgb(kBlue);
  if (hue == LaneContent::kLoopHue) return Rgb(kGrey);
  return Rgb(kOthers[static_cast<size_t>(hue - LaneContent::kFirstOtherHue) % kOthers.size()]);
}

ImU32 Theme::Dimmed(ImU32 color, float share) const {
  const float alpha = Channel(color, IM_COL32_A_SHIFT) / 255;
  return WithAlpha(Mix(color, window, share), alpha);
}

Paint Theme::Of(Mark mark, int hue, Emphasis emphasis) const {
  const ImU32 color = HueColor(hue);
  const ImU32 on_color = Brightness(color) > 0.52f ? Rgb(0x14171a) : Rgb(0xffffff);
  Paint paint;
  switch (mark) {
    case Mark::kRunning:
      paint = {Pattern::kSolid, running_, 0, 0, running_text_, 0};
      break;
    case Mark::kDriverCall:
      paint = {Pattern::kDots, call_, call_dots_, call_dots_, call_text_, call_};
      break;
    case Mark::kQuiet:
      paint = {Pattern::kThinLine, faint, 0, 0, faint, window};
      break;
    case Mark::kBlocked: {
      const ImU32 ground = Mix(window, color, dark ? 0.16f : 0.12f);
      paint = {Pattern::kHatch, ground, Mix(ground, color, 0.75f), color, text, ground};
      break;
    }
    case Mark::kHold:
    case Mark::kHolder:
      paint = {Pattern::kSolid, color, 0, 0, on_color, 0};
      break;
    case Mark::kQueuedJob: {
      const ImU32 ground = Mix(window, color, 0.08f);
      paint = {Pattern::kDots, ground, Mix(ground, color, 0.8f), color, text, ground};
      break;
    }
    case Mark::kMerged:
      paint = {Pattern::kStrokes, Mix(window, running_, 0.6f), quiet, 0, text, Mix(window, running_, 0.6f)};
      break;
  }
  if (emphasis == Emphasis::kDimmed) {
    for (ImU32* part : {&paint.fill, &paint.ink, &paint.border, &paint.text, &paint.plate}) {
      if (*part != 0) *part = Dimmed(*part);
    }
    // Words stay legible: white ones would drown in the paler colour.
    paint.text = Dimmed(text, 0.3f);
  }
  if (emphasis == Emphasis::kStrong) paint.border = text;
  return paint;
}

ImU32 Theme::Of(Ink ink) const {
  switch (ink) {
    case Ink::kText:
      return text;
    case Ink::kQuiet:
      return quiet;
    case Ink::kFaint:
      return faint;
    case Ink::kGrid:
      return grid;
    case Ink::kCursor:
      return cursor;
    case Ink::kHandoff:
      return handoff;
    case Ink::kSelection:
      return selection;
  }
  return text;
}

}  // namespace lockscope::viewer
