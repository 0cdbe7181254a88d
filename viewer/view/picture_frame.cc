#include "viewer/view/picture_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/explain.h"
#include "viewer/model/picture_layout.h"
#include "viewer/model/timeline_plan.h"
#include "viewer/view/draw_wait_circle.h"

namespace lockscope::viewer {
namespace {

constexpr float kMargin = 24;  // Design pixels, as everywhere; look.scale makes them real.

constexpr float kWordsShare = 0.3f;  // Of the height, for what is said: the lanes need the rest.

constexpr float kCircleShare = 0.37f;  // Of the width, for a deadlock's circle at the right.

// In the middle of the circle, if its words and nodes leave room there.
void DrawVerdict(ImDrawList* list, const Look& look, const WaitCirclePlan& plan, Point middle) {
  const std::string_view text = "Nobody can go on.";
  const float w = look.fonts->Width(text, TextStyle::kStrong);
  const float h = look.fonts->Height(TextStyle::kStrong);
  const Rect box{middle.x - w / 2, middle.y - h / 2, w, h};
  for (const WaitCircleNode& node : plan.nodes) {
    if (node.rect.Overlaps(box)) return;
  }
  for (const WaitCircleArrow& arrow : plan.arrows) {
    const bool crossed = std::min(arrow.from.x, arrow.to.x) < box.right() && std::max(arrow.from.x, arrow.to.x) > box.x;
    if (arrow.label_box.Overlaps(box) || (crossed && plan.nodes.size() == 2)) return;
  }
  look.fonts->Draw(list, TextStyle::kStrong, {box.x, box.y}, look.theme->handoff, text);
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

struct Said {
  TextStyle style = TextStyle::kLarge;
  std::string text;
};

// What is said below the lanes: the finding in the largest text and its cause, or who is blocked at the cursor.
std::vector<Said> SentencesOf(const Session& session, const Picture& picture) {
  std::vector<Said> said;
  for (const std::string& sentence : picture.sentences) {
    said.push_back({said.empty() ? TextStyle::kLarge : TextStyle::kBody, WithoutFolders(sentence)});
  }
  if (!said.empty()) return said;
  // A column stands for all that happens up to the next one: this is the end of the cursor's.
  const auto next = std::upper_bound(picture.columns.begin(), picture.columns.end(), picture.cursor);
  const size_t end = picture.exact || next == picture.columns.end() ? picture.cursor + 1 : *next;
  const int64_t now = session.trace().TimeNs(std::min(end, session.trace().size() - 1));
  for (const analysis::Sentence& sentence : analysis::SentencesAt(session.timeline(), end - 1, now)) {
    // The call is what the arrow shows; the sentence is about who is blocked. A call gets one where nobody is.
    const bool job = sentence.about == analysis::Sentence::About::kQueuedJob;
    const bool its_own =
        picture.job >= 0 && session.timeline().jobs()[static_cast<size_t>(picture.job)].client == sentence.thread;
    if (!job || picture.job < 0 || (said.empty() && its_own)) {
      said.push_back({TextStyle::kLarge, WithoutFolders(sentence.text)});
    }
  }
  if (said.empty()) said.emplace_back().text = "No thread is blocked at this moment, and no call waits.";
  return said;
}

// Draws nothing without a list. Returns the height.
float DrawSentences(const std::vector<Said>& said, const Look& look, float top, float width, ImDrawList* list) {
  const float margin = kMargin * look.scale;
  float y = top;
  for (const Said& sentence : said) {
    const ImU32 color = sentence.style == TextStyle::kLarge ? look.theme->text : look.theme->quiet;
    for (const std::string& line : WrapText(*look.fonts, sentence.style, sentence.text, width - 2 * margin)) {
      if (list != nullptr) look.fonts->Draw(list, sentence.style, {margin, y}, color, line);
      y += look.fonts->Height(sentence.style);
    }
    y += 4 * look.scale;
  }
  return y - top;
}

// The same, made to fit: all but the first in smaller letters, and then without the last ones, which are counted.
void FitSentences(std::vector<Said>& said, const Look& look, float width, float height) {
  const auto fits = [&] { return DrawSentences(said, look, 0, width, nullptr) <= height; };
  for (size_t i = said.size(); i-- > 1 && !fits();) said[i].style = TextStyle::kBody;
  size_t left_out = 0;
  while (said.size() > 2 && !fits()) {
    if (left_out > 0) said.pop_back();
    said.back() = {TextStyle::kBody, fmt::format("And {} more.", ++left_out)};
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
  const float title_y = 18 * scale;
  const Point top{0, title_y + 24 * scale};
  std::vector<Said> said = SentencesOf(session, picture);
  FitSentences(said, look, size.x, size.y * kWordsShare);
  // Legend, sentences, and the gaps between and below them.
  const float below = (28 + 12 + 10 + 14) * scale + DrawSentences(said, look, 0, size.x, nullptr);
  const Lanes lanes = LayOutPicture(session.content(), picture, scale, size.y - top.y - below);
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
  const std::string title = FitText(*look.fonts, TextStyle::kHeadline, picture.title, size.x - 2 * margin);
  look.fonts->Draw(list, TextStyle::kHeadline, {margin, title_y}, theme.text, title);
  // Under the headline of a deadlock or another outcome stands what was run.
  const std::string note = !picture.sentences.empty() ? session.Title()
                                                      : fmt::format("{} of {} events, each one column",
                                                                    picture.columns.size(), session.trace().size());
  const float note_x = size.x - margin - look.fonts->Width(note, TextStyle::kSmall);
  if (note_x > margin + look.fonts->Width(title, TextStyle::kHeadline) + 20 * scale) {
    look.fonts->Draw(list, TextStyle::kSmall, {note_x, title_y + 4 * scale}, theme.quiet, note);
  }
  const float lanes_end = top.y + LanesEnd(lanes) + 6 * scale;
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

  const Plan legend = PlanLegend(m, *look.fonts, margin + m.gutter, right, &plan.body);
  const Point legend_at{0, lanes_end + 6 * scale};
  DrawBars(list, look, legend_at, legend);
  DrawStrokes(list, look, legend_at, legend);
  DrawLabels(list, look, legend_at, legend);
  if (deadlock) {
    const float left = right + 46 * scale;
    const Rect area{left, top.y + 36 * scale, size.x - margin - left, lanes_end - top.y - 72 * scale};
    const WaitCirclePlan circle = PlanWaitCircle(session.content(), picture.circle, area, scale, *look.fonts);
    DrawWaitCircle(list, look, {0, 0}, circle, theme.window);
    DrawVerdict(list, look, circle, area.middle());
  }
  DrawSentences(said, look, legend_at.y + m.legend + 10 * scale, size.x, list);
  ImGui::End();
}

}  // namespace lockscope::viewer
