// The band above the timeline: the scenario's caption in force and, at a question, the question with its answer on
// demand. Large: it is read from the last row.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/view/ui.h"
#include "viewer/view/widgets.h"

namespace lockscope::viewer {
namespace {

constexpr float kMargin = 18;
constexpr float kPadding = 9;    // Above and below the lines of a band.
constexpr float kButtons = 210;  // At the right of the captions: one to the next.
constexpr TextStyle kStyle = TextStyle::kLarge;

float LineHeight(const Look& look) { return std::round(look.fonts->Height(kStyle) * 1.25f); }

float BandHeight(const Look& look, size_t lines) {
  return std::round(static_cast<float>(lines) * LineHeight(look) + 2 * kPadding * look.scale);
}

void DrawLines(const Look& look, ImVec2 at, ImU32 color, const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    look.fonts->Draw(ImGui::GetWindowDrawList(), kStyle, {at.x, at.y + static_cast<float>(i) * LineHeight(look)}, color,
                     lines[i]);
  }
}

float CaptionWidth(const Look& look, float width) { return width - (2 * kMargin + kButtons) * look.scale; }
float QuestionWidth(const Look& look, float width) { return width - 2 * kMargin * look.scale; }

std::string QuestionText(const Captions::Question& question) { return fmt::format("Question: {}", question.text); }

std::string AnswerText(const Captions::Question& question) { return fmt::format("Answer: {}", question.answer); }

}  // namespace

// What stands where the captions will stand: what the scenario is about.
std::string_view Ui::CaptionOrStory(int caption) const {
  if (caption >= 0) return session_.captions().captions()[static_cast<size_t>(caption)].text;
  const std::string_view story = session_.trace().Meta("story");
  return story.empty() ? "The first caption comes further on: press the full stop key." : story;
}

// As tall as the longest caption needs, so that the timeline does not jump from one to the next.
float Ui::CaptionBandHeight(float width) const {
  if (session_.captions().captions().empty()) return 0;
  size_t lines = 1;
  for (int caption = -1; caption < static_cast<int>(session_.captions().captions().size()); ++caption) {
    lines = std::max(lines, WrapText(fonts_, kStyle, CaptionOrStory(caption), CaptionWidth(look_, width)).size());
  }
  return BandHeight(look_, lines);
}

float Ui::QuestionBandHeight(float width) const {
  const int index = session_.captions().QuestionAt(session_.step());
  if (index < 0) return 0;
  const Captions::Question& question = session_.captions().questions()[static_cast<size_t>(index)];
  // The answer's place is there from the beginning, without telling by its size how long it is.
  const size_t answer =
      question.revealed ? WrapText(fonts_, kStyle, AnswerText(question), QuestionWidth(look_, width)).size() : 1;
  return BandHeight(look_,
                    WrapText(fonts_, kStyle, QuestionText(question), QuestionWidth(look_, width)).size() + answer) +
         8 * look_.scale;
}

void Ui::CaptionBand(ImVec2 size) {
  const float scale = look_.scale;
  const Captions& captions = session_.captions();
  ImGui::BeginChild("caption", size, false, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  const ImVec2 low = ImGui::GetWindowPos();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled({low.x, low.y}, {low.x + 5 * scale, low.y + size.y - 1}, theme().handoff);
  list->AddLine({low.x, low.y + size.y - 1}, {low.x + size.x, low.y + size.y - 1}, theme().edge, std::max(1.0f, scale));
  const int index = captions.CaptionAt(session_.step());
  DrawLines(look_, {low.x + kMargin * scale, low.y + kPadding * scale + LineHeight(look_) * 0.1f},
            index < 0 ? theme().quiet : theme().text,
            WrapText(fonts_, kStyle, CaptionOrStory(index), CaptionWidth(look_, size.x)));

  const size_t all = captions.captions().size();
  const std::string count = index < 0 ? fmt::format("{} caption{}", all, all == 1 ? "" : "s")
                                      : fmt::format("caption {} of {}", index + 1, all);
  const float side = ButtonHeight(look_);
  ImGui::SetCursorPos({size.x - kButtons * scale, std::round((size.y - side) / 2)});
  if (IconButton(look_, Icon::kLeft, Action::kPreviousWords)) Do(Action::kPreviousWords);
  TextAtButtonHeight(look_, count, TextStyle::kBody, theme().quiet, 116 * scale);
  if (IconButton(look_, Icon::kRight, Action::kNextWords)) Do(Action::kNextWords);
  ImGui::EndChild();
}

void Ui::QuestionBand(ImVec2 size) {
  const int index = session_.captions().QuestionAt(session_.step());
  if (index < 0) return;
  const float scale = look_.scale;
  const Captions::Question& question = session_.captions().questions()[static_cast<size_t>(index)];
  ImGui::BeginChild("question", size, false, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  const ImVec2 low = ImGui::GetWindowPos();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(low, {low.x + size.x, low.y + size.y}, Mix(theme().panel, theme().handoff, 0.12f));
  list->AddRectFilled(low, {low.x + 5 * scale, low.y + size.y}, theme().handoff);
  list->AddLine({low.x, low.y + size.y - 1}, {low.x + size.x, low.y + size.y - 1}, theme().edge, std::max(1.0f, scale));
  const auto lines = WrapText(fonts_, kStyle, QuestionText(question), QuestionWidth(look_, size.x));
  const float top = low.y + kPadding * scale + LineHeight(look_) * 0.1f;
  DrawLines(look_, {low.x + kMargin * scale, top}, theme().text, lines);
  const float below = top + static_cast<float>(lines.size()) * LineHeight(look_) + 4 * scale;
  if (question.revealed) {
    DrawLines(look_, {low.x + kMargin * scale, below}, theme().text,
              WrapText(fonts_, kStyle, AnswerText(question), QuestionWidth(look_, size.x)));
  } else {
    ImGui::SetCursorScreenPos({low.x + kMargin * scale, below - 2 * scale});
    if (TextButton(look_, "Show the answer (Enter)", Action::kShowAnswer, true)) Do(Action::kShowAnswer);
    Gap(look_, 10);
    TextAtButtonHeight(look_, "Say first what you expect.", TextStyle::kBody, theme().quiet);
  }
  ImGui::EndChild();
}

}  // namespace lockscope::viewer
