// The lower area: a sentence for each blocked thread at the cursor, and the event at the cursor in words; where a circle
// of waits is closed, that circle.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/explain.h"
#include "core/analysis/wait_graph.h"
#include "viewer/view/draw_wait_circle.h"
#include "viewer/view/ui.h"
#include "viewer/view/widgets.h"

namespace lockscope::viewer {

using analysis::Sentence;

namespace {

constexpr float kMargin = 18;

void Wrapped(const Look& look, TextStyle style, ImU32 color, std::string_view text, float width) {
  // At spaces alone: ImGui would break "client.cc:88" at its dot. A word that is wider than a line is left to it.
  const std::string lines = fmt::to_string(fmt::join(WrapText(*look.fonts, style, text, width), "\n"));
  look.fonts->Push(style);
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width);
  ImGui::TextUnformatted(lines.data(), lines.data() + lines.size());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  Fonts::Pop();
}

// The circle of waits that is closed at the cursor; empty without one.
std::vector<analysis::WaitEdge> FirstCircleAt(const Session& session) {
  const analysis::WaitGraph graph = analysis::WaitGraphAt(session.timeline(), session.step());
  std::vector<analysis::WaitEdge> circle;
  if (graph.circles.empty()) return circle;
  for (const size_t edge : graph.circles.front()) circle.push_back(graph.edges[edge]);
  return circle;
}

}  // namespace

void Ui::SentencesPanel(ImVec2 size) {
  const float scale = look_.scale;
  const float margin = kMargin * scale;
  ImGui::BeginChild("sentences", size);
  ImGui::SetCursorPos({margin, 10 * scale});
  Wrapped(look_, TextStyle::kSmall, theme().quiet,
          fmt::format("At {}, {}", FormatPosition(session_.now_ns(), 1000), session_.StepText()), size.x);
  const float text_width = size.x - 2 * margin - 26 * scale;
  if (session_.QuestionIsOpen()) {
    ImGui::SetCursorPos({margin, ImGui::GetCursorPosY() + 9 * scale});
    Wrapped(look_, TextStyle::kTitle, theme().quiet, "Who waits for whom is said here once the answer has been shown.",
            text_width);
    ImGui::EndChild();
    return;
  }
  auto sentences = analysis::SentencesAt(session_.timeline(), session_.step(), session_.now_ns());
  // A deadlock above all: there may not be room for everything.
  std::stable_partition(sentences.begin(), sentences.end(),
                        [](const Sentence& sentence) { return sentence.about == Sentence::About::kDeadlock; });
  ImDrawList* list = ImGui::GetWindowDrawList();
  for (const Sentence& sentence : sentences) {
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 9 * scale);
    ImGui::SetCursorPosX(margin);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float side = 14 * scale;
    const bool job = sentence.about == Sentence::About::kQueuedJob;
    int hue = session_.content().HueOf(sentence.lock);
    for (const ObjectId lock : session_.content().locks()) {
      if (job && session_.trace().object(lock).parent == sentence.thread) hue = session_.content().HueOf(lock);
    }
    DrawPattern(list, look_, {at.x, at.y + 4 * scale, side, side},
                theme().Of(job ? Mark::kQueuedJob : Mark::kBlocked, hue, Emphasis::kNormal), 2 * scale);
    ImGui::SetCursorPosX(margin + 26 * scale);
    Wrapped(look_, TextStyle::kTitle, theme().text, sentence.text, text_width);
  }
  if (sentences.empty()) {
    ImGui::SetCursorPos({margin, ImGui::GetCursorPosY() + 9 * scale});
    Wrapped(look_, TextStyle::kTitle, theme().text, "No thread is blocked at this moment, and no call waits.",
            text_width);
    if (!session_.waits().empty()) {
      ImGui::SetCursorPos({margin, ImGui::GetCursorPosY() + 6 * scale});
      Wrapped(look_, TextStyle::kBody, theme().quiet, "N goes to the longest wait of the recording.", text_width);
    }
  }
  ImGui::Dummy({1, 8 * scale});
  ImGui::EndChild();
}

void Ui::DetailsPanel(ImVec2 size) {
  const float scale = look_.scale;
  const float margin = kMargin * scale;
  const float width = size.x - 2 * margin;
  ImGui::BeginChild("details", size);
  ImGui::SetCursorPos({margin, 10 * scale});
  const auto selection = session_.selection();
  if (selection && selection->first != selection->second) {
    const double length = std::abs(selection->second - selection->first);
    const bool time = session_.axis().form() == AxisForm::kTime;
    const std::string text =
        time ? analysis::FormatDuration(static_cast<int64_t>(length)) : fmt::format("{:.0f} steps", std::round(length));
    Wrapped(look_, TextStyle::kSmall, theme().quiet, "Selected: " + text, width);
  } else {
    Wrapped(look_, TextStyle::kSmall, theme().quiet,
            session_.now_ns() > session_.trace().TimeNs(session_.step()) ? "The last event before the cursor"
                                                                         : "The event at the cursor",
            width);
  }
  ImGui::SetCursorPos({margin, ImGui::GetCursorPosY() + 9 * scale});
  bool first = true;
  std::vector<std::string> lines = analysis::DescribeEventDetails(session_.timeline(), session_.step());
  const bool open = session_.QuestionIsOpen();
  const std::vector<analysis::WaitEdge> circle = open ? std::vector<analysis::WaitEdge>() : FirstCircleAt(session_);
  // While a question is open: what, when and where, but not what follows. The circle below needs the room.
  if (open) lines.resize(std::min<size_t>(lines.size(), 2));
  if (!circle.empty()) lines.resize(1);
  for (const std::string& line : lines) {
    if (!first) ImGui::SetCursorPos({margin, ImGui::GetCursorPosY() + 5 * scale});
    Wrapped(look_, first ? TextStyle::kTitle : TextStyle::kBody, first ? theme().text : theme().quiet, line, width);
    first = false;
  }
  if (!circle.empty()) {
    const float top = ImGui::GetCursorPosY() + 10 * scale;
    const Rect area{margin, top, width, std::min(size.y - top - 12 * scale, 260 * scale)};
    constexpr float kLeast = 92;  // Two rows of nodes, and words between them.
    if (area.h >= kLeast * scale) {
      const ImVec2 origin = ImGui::GetWindowPos();
      DrawWaitCircle(ImGui::GetWindowDrawList(), look_, {origin.x, origin.y - ImGui::GetScrollY()},
                     PlanWaitCircle(session_.content(), circle, area, scale, fonts_), theme().panel);
    }
  }
  const std::string wait = open || !circle.empty() ? "" : session_.SelectedWaitText();
  if (!wait.empty()) {
    ImGui::SetCursorPos({margin, ImGui::GetCursorPosY() + 9 * scale});
    Wrapped(look_, TextStyle::kBody, theme().text, wait, width);
  }
  ImGui::Dummy({1, 8 * scale});
  ImGui::EndChild();
}

// In as many columns as can be read, so that a window of the usual size shows all of it; a smaller one scrolls.
void Ui::HelpPanel(ImVec2 size) {
  constexpr float kLeastColumn = 560;
  const float scale = look_.scale;
  const float margin = kMargin * scale;
  const auto actions = AllActions();
  const size_t columns = std::clamp<size_t>(static_cast<size_t>(size.x / (kLeastColumn * scale)), 1, 3);
  const size_t rows = (actions.size() + columns - 1) / columns;
  ImGui::BeginChild("help", size);
  ImGui::SetCursorPos({margin, 10 * scale});
  Wrapped(look_, TextStyle::kSmall, theme().quiet,
          "Everything that hands can do; each line is a button, too. Esc closes the list.", size.x - 2 * margin);
  const float top = ImGui::GetCursorPosY() + 4 * scale;
  const float row_height = fonts_.Height(TextStyle::kBody) + 6 * scale;
  const float column = (size.x - margin) / static_cast<float>(columns);
  const float width = column - margin;  // Of the words of one.
  const float name_width = width * 0.46f;
  const float keys_width = width * 0.18f;
  for (size_t i = 0; i < actions.size(); ++i) {
    const ActionInfo& info = actions[i];
    ImGui::PushID(static_cast<int>(info.action));
    ImGui::SetCursorPos(
        {margin - 6 * scale + column * static_cast<float>(i / rows), top + row_height * static_cast<float>(i % rows)});
    if (ImGui::InvisibleButton("row", {width + 12 * scale, row_height})) Do(info.action);
    const bool hovered = ImGui::IsItemHovered();
    const ImVec2 low = ImGui::GetItemRectMin();
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (hovered) list->AddRectFilled(low, ImGui::GetItemRectMax(), theme().hover, 4 * scale);
    bool cut = false;
    const auto cell = [&](float x, float cell_width, std::string_view text, ImU32 color) {
      const std::string shown = FitText(fonts_, TextStyle::kBody, text, cell_width - 8 * scale);
      cut = cut || shown != text;
      fonts_.Draw(list, TextStyle::kBody, {low.x + 6 * scale + x, low.y + 3 * scale}, color, shown);
    };
    cell(0, name_width, info.name, theme().text);
    cell(name_width, keys_width, info.keys, theme().text);
    cell(name_width + keys_width, width - name_width - keys_width, info.mouse, theme().quiet);
    if (hovered && cut) ShowTooltip(look_, fmt::format("{}: {}; {}", info.name, info.keys, info.mouse));
    ImGui::PopID();
  }
  ImGui::SetCursorPos({0, top + row_height * static_cast<float>(rows)});
  ImGui::Dummy({1, 8 * scale});
  ImGui::EndChild();
}

}  // namespace lockscope::viewer
