#include "viewer/view/picture_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/explain.h"
#include "viewer/model/timeline_plan.h"
#include "viewer/view/draw_wait_circle.h"

namespace lockscope::viewer {
namespace {

constexpr float kMargin = 24;  // Design pixels, as everywhere; look.scale makes them real.

constexpr float kCircleShare = 0.37f;  // Of the width, for a deadlock's circle at the right.

Metrics PictureMetrics(float scale, bool deadlock) {
  Metrics m = Metrics::Make(scale, 1);
  m.gutter = std::round(118 * scale);
  m.activity = std::round(29 * scale);
  m.hold = std::round(21 * scale);
  m.lock_bar = std::round(26 * scale);
  m.waiter = std::round(22 * scale);
  m.gap = std::round((deadlock ? 26 : 36) * scale);  // Room for the arrow and its label.
  m.heading = std::round(10 * scale);
  m.legend = std::round(28 * scale);
  return m;
}

// "(taken at core/daemon/client.cc:88)" → "(taken at client.cc:88)": a picture on a page is no place for folders.
std::string WithoutFolders(std::string text) {
  for (size_t slash = text.find('/'); slash != std::string::npos; slash = text.find('/')) {
    const size_t word = text.find_last_of(" (", slash);
    const size_t from = word == std::string::npos ? 0 : word + 1;
    text.erase(from, slash + 1 - from);
  }
  return text;
}

void DrawText(const Look& look, TextStyle style, ImU32 color, const std::string& text, ImVec2 size) {
  const float margin = kMargin * look.scale;
  look.fonts->Push(style);
  ImGui::SetCursorPosX(margin);
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::PushTextWrapPos(size.x - margin);
  ImGui::TextUnformatted(WithoutFolders(text).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  Fonts::Pop();
}

void DrawSentences(const Session& session, const Picture& picture, const Look& look, float top, ImVec2 size) {
  ImGui::SetCursorPos({0, top});
  if (!picture.sentences.empty()) {  // The first is the finding, what follows its cause.
    for (size_t i = 0; i < picture.sentences.size(); ++i) {
      DrawText(look, i == 0 ? TextStyle::kLarge : TextStyle::kBody, i == 0 ? look.theme->text : look.theme->quiet,
               picture.sentences[i], size);
    }
    return;
  }
  // A column stands for all that happens up to the next one: this is the end of the cursor's.
  const auto next = std::upper_bound(picture.columns.begin(), picture.columns.end(), picture.cursor);
  const size_t end = next == picture.columns.end() ? picture.cursor + 1 : *next;
  const int64_t now = session.trace().TimeNs(std::min(end, session.trace().size() - 1));
  for (const analysis::Sentence& sentence : analysis::SentencesAt(session.timeline(), end - 1, now)) {
    // The call is what the arrow shows; the sentence is about who is blocked. A call gets one where nobody is.
    const bool job = sentence.about == analysis::Sentence::About::kQueuedJob;
    if (job && ImGui::GetCursorPosY() > top) continue;
    if (job &&
        (picture.job < 0 || sentence.thread != session.timeline().jobs()[static_cast<size_t>(picture.job)].client)) {
      continue;
    }
    DrawText(look, TextStyle::kLarge, look.theme->text, sentence.text, size);
  }
}

}  // namespace

float PictureScale(ImVec2 size) { return 1.62f * std::min(size.x / 1600, size.y / 900); }

void PictureFrame(const Session& session, const Picture& picture, const Look& look, ImVec2 size) {
  const float scale = look.scale;
  const float margin = kMargin * scale;
  const Theme& theme = *look.theme;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(size);
  ImGui::Begin("picture", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoBackground);
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled({0, 0}, size, theme.window);

  const Axis axis = Axis::Columns(session.trace(), picture.columns, picture.tail);
  const bool deadlock = !picture.circle.empty();
  const float right = deadlock ? size.x * (1 - kCircleShare) : size.x - margin;  // Of the timeline.
  LaneOptions options;
  options.only = picture.lanes;
  options.most_slots = 2;  // Server and client.
  options.most_wait_rows = picture.wait_rows;
  options.most_job_rows = 0;
  const Lanes lanes = LayOutLanes(session.content(), PictureMetrics(scale, deadlock), options);
  const Metrics& m = lanes.metrics;

  PlanInput input;
  input.content = &session.content();
  input.lanes = &lanes;
  input.axis = &axis;
  input.viewport.SetPixels(margin + m.gutter, right - margin - m.gutter);
  input.viewport.SetLimits(axis);
  input.viewport.Show(axis.first(), axis.last(), 0);
  input.measure = look.fonts;
  input.cursor_step = picture.cursor;
  input.cursor = axis.Mid(picture.cursor);
  input.strong_job = picture.job;
  input.bright = picture.bright;
  input.in_words = true;
  const TimelinePlan plan = PlanTimeline(input);

  // From the top: title, lanes, legend, sentences.
  const float title_y = 18 * scale;
  look.fonts->Draw(list, TextStyle::kHeadline, {margin, title_y}, theme.text, picture.title);
  // Under the deadlock's own headline stands what was run.
  const std::string note =
      deadlock ? session.Title()
               : fmt::format("{} of {} events, each one column", picture.columns.size(), session.trace().size());
  look.fonts->Draw(list, TextStyle::kSmall,
                   {size.x - margin - look.fonts->Width(note, TextStyle::kSmall), title_y + 4 * scale}, theme.quiet,
                   note);
  const Point top{0, title_y + 24 * scale};
  const float lanes_end = top.y + lanes.height - m.gap + 6 * scale;
  const Rect& c = plan.cursor;
  list->AddRectFilled({c.x, top.y}, {c.right(), lanes_end}, theme.column);
  // Behind the bars: across them it would cut their words.
  for (const float x : {c.x, c.right()}) list->AddLine({x, top.y}, {x, lanes_end}, theme.cursor, scale);
  DrawBars(list, look, top, plan.body);
  DrawTicks(list, look, top, plan.body);
  DrawArrows(list, look, top, plan.body);
  const Point gutter_at{margin - 16 * scale, top.y};
  DrawBars(list, look, gutter_at, plan.gutter);
  DrawLabels(list, look, gutter_at, plan.gutter);

  const Plan legend = PlanLegend(m, *look.fonts, margin + m.gutter, right, 4);
  const Point legend_at{0, lanes_end + 6 * scale};
  DrawBars(list, look, legend_at, legend);
  DrawStrokes(list, look, legend_at, legend);
  DrawLabels(list, look, legend_at, legend);
  if (deadlock) {
    const float left = right + 46 * scale;
    const Rect area{left, top.y + 36 * scale, size.x - margin - left, lanes_end - top.y - 72 * scale};
    DrawWaitCircle(list, look, {0, 0}, PlanWaitCircle(session.content(), picture.circle, area, scale, *look.fonts),
                   theme.window);
    // Of two nodes the arrows pass through the middle.
    const std::string_view end = "Nobody can go on.";
    if (picture.circle.size() > 1) {
      const Point middle = area.middle();
      look.fonts->Draw(list, TextStyle::kStrong,
                       {middle.x - look.fonts->Width(end, TextStyle::kStrong) / 2,
                        middle.y - look.fonts->Height(TextStyle::kStrong) / 2},
                       theme.handoff, end);
    }
  }
  DrawSentences(session, picture, look, legend_at.y + m.legend + 10 * scale, size);
  ImGui::End();
}

}  // namespace lockscope::viewer
