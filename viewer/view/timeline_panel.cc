// The timeline area: gutter, ruler and lanes, and what the mouse does in them.
#include <algorithm>
#include <cmath>

#include "viewer/view/ui.h"
#include "viewer/view/widgets.h"

namespace lockscope::viewer {
namespace {

constexpr float kDragPixels = 4;  // Less is a click with an unsteady hand.

}  // namespace

void Ui::LayOut(ImVec2 size) {
  const LaneOptions options{.unfold_clients = session_.clients_unfolded(), .only = {}};
  const Metrics fixed = Metrics::Make(look_.scale, 0);
  lanes_seen_ = size.y - fixed.ruler - fixed.legend;
  lanes_ = LayOutLanesWithin(session_.content(), look_.scale, lanes_seen_, options);
  scroll_ = std::clamp(scroll_, 0.0f, std::max(0.0f, lanes_.height - lanes_seen_));
  const Metrics& m = lanes_.metrics;
  session_.viewport().SetPixels(m.gutter, size.x - m.gutter - 14 * look_.scale);

  PlanInput input;
  input.content = &session_.content();
  input.lanes = &lanes_;
  input.axis = &session_.axis();
  input.viewport = session_.viewport();
  input.measure = &fonts_;
  input.cursor = session_.position();
  input.cursor_step = session_.step();
  input.now_ns = session_.now_ns();
  input.selection = session_.selection();
  input.strong_job = session_.strong_job();
  input.captions = &session_.captions();
  if (session_.selected_wait() >= 0) {
    const RankedWait& wait = session_.waits()[static_cast<size_t>(session_.selected_wait())];
    input.strong_interval = wait.steps;
    if (wait.is_job) {
      const ObjectId client = session_.timeline().jobs()[wait.index].client;
      for (const ObjectId lock : session_.content().locks()) {
        if (session_.trace().object(lock).parent == client) input.strong_object = lock;
      }
    } else {
      input.strong_object = session_.timeline().waits()[wait.index].thread;
    }
  }
  plan_ = PlanTimeline(input);
}

void Ui::TimelinePanel(ImVec2 size) {
  ImGui::BeginChild("timeline", size, false, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  LayOut(size);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const float ruler = lanes_.metrics.ruler;
  HandleRulerMouse(origin, size.x);
  HandleMouse({origin.x, origin.y + ruler}, {size.x, lanes_seen_});
  LayOut(size);  // What the mouse changed is seen in this frame, not in the next.
  DrawLanes({origin.x, origin.y + ruler}, {size.x, lanes_seen_});
  DrawRuler(origin, size.x);
  const Point legend_at{origin.x, origin.y + ruler + lanes_seen_};
  ImGui::GetWindowDrawList()->AddLine({origin.x, legend_at.y - 1}, {origin.x + size.x, legend_at.y - 1}, theme().grid,
                                      look_.scale);
  const Plan legend = PlanLegend(lanes_.metrics, fonts_, lanes_.metrics.gutter, size.x - 14 * look_.scale);
  DrawBars(ImGui::GetWindowDrawList(), look_, legend_at, legend);
  DrawStrokes(ImGui::GetWindowDrawList(), look_, legend_at, legend);
  DrawLabels(ImGui::GetWindowDrawList(), look_, legend_at, legend);
  ImGui::EndChild();
}

void Ui::DrawRuler(ImVec2 origin, float width) {
  const Metrics& m = lanes_.metrics;
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled({origin.x + m.gutter, origin.y}, {origin.x + width, origin.y + m.ruler}, theme().window);
  const Point at{origin.x, origin.y};
  DrawStrokes(list, look_, at, plan_.ruler);
  DrawTicks(list, look_, at, plan_.ruler);
  DrawLabels(list, look_, at, plan_.ruler);
  list->AddLine({origin.x, origin.y + m.ruler - 1}, {origin.x + width, origin.y + m.ruler - 1}, theme().edge,
                look_.scale);
  if (plan_.flag.w > 0) {
    const Rect f{origin.x + plan_.flag.x, origin.y + plan_.flag.y, plan_.flag.w, plan_.flag.h};
    list->AddRectFilled({f.x, f.y}, {f.right(), f.bottom()}, theme().cursor, 3 * look_.scale);
    fonts_.Draw(list, TextStyle::kNumber, {f.x + 6 * look_.scale, f.y + 3 * look_.scale}, theme().window,
                plan_.cursor_text);
  }
}

void Ui::DrawLanes(ImVec2 origin, ImVec2 size) {
  const Metrics& m = lanes_.metrics;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const Point top{origin.x, origin.y - std::round(scroll_)};
  const ImVec2 end{origin.x + size.x, origin.y + size.y};
  list->PushClipRect(origin, end, true);
  const auto band = [&](const Rect& r, ImU32 color) {
    if (r.w > 0) list->AddRectFilled({top.x + r.x, origin.y}, {top.x + r.right(), end.y}, color);
  };
  list->PushClipRect({origin.x + m.gutter, origin.y}, end, true);
  band(plan_.selection, theme().selection);
  const bool steps = session_.axis().form() == AxisForm::kSteps;
  if (steps) band(plan_.cursor, theme().column);
  DrawStrokes(list, look_, top, plan_.body);
  DrawBars(list, look_, top, plan_.body);
  DrawTicks(list, look_, top, plan_.body);
  DrawArrows(list, look_, top, plan_.body);
  if (steps && plan_.cursor.w > 0) {
    const Rect& c = plan_.cursor;
    for (const float x : {c.x, c.right()})
      list->AddLine({top.x + x, origin.y}, {top.x + x, end.y}, WithAlpha(theme().cursor, 0.45f));
  } else {
    band(plan_.cursor, theme().cursor);
  }
  // What comes after an open question is not to be seen yet.
  if (session_.QuestionIsOpen()) {
    list->AddRectFilled({top.x + std::max(plan_.cursor.right(), m.gutter), origin.y}, end, theme().window);
  }
  list->PopClipRect();
  DrawBars(list, look_, top, plan_.gutter);
  DrawLabels(list, look_, top, plan_.gutter);
  for (const Lane& lane : lanes_.lanes) {
    if (lane.kind != LaneKind::kClientPrograms) continue;
    const ImVec2 middle{top.x + 20 * look_.scale, top.y + lane.y + lane.height / 2};
    const float s = 4 * look_.scale;
    if (session_.clients_unfolded()) {
      list->AddTriangleFilled({middle.x - s, middle.y - s * 0.6f}, {middle.x + s, middle.y - s * 0.6f},
                              {middle.x, middle.y + s}, theme().quiet);
    } else {
      list->AddTriangleFilled({middle.x - s * 0.6f, middle.y - s}, {middle.x + s, middle.y},
                              {middle.x - s * 0.6f, middle.y + s}, theme().quiet);
    }
  }
  // How much of the lanes is seen, where it is not all.
  if (lanes_.height > size.y + 1) {
    const float length = size.y * size.y / lanes_.height;
    const float y = origin.y + (size.y - length) * scroll_ / (lanes_.height - size.y);
    list->AddRectFilled({end.x - 8 * look_.scale, y}, {end.x - 3 * look_.scale, y + length}, theme().pressed,
                        3 * look_.scale);
  }
  list->PopClipRect();
}

void Ui::HandleRulerMouse(ImVec2 origin, float width) {
  const Metrics& m = lanes_.metrics;
  ImGui::SetCursorScreenPos(origin);
  if (TextButton(look_, session_.axis().form() == AxisForm::kTime ? "time" : "steps", Action::kSwitchAxis)) {
    Do(Action::kSwitchAxis);
  }
  ImGui::SetCursorScreenPos({origin.x + m.gutter, origin.y});
  ImGui::InvisibleButton("ruler", {width - m.gutter, m.ruler});
  if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    Do(Action::kShowWhole);
  } else if (ImGui::IsItemActive() && (ImGui::IsItemClicked() || ImGui::GetIO().MouseDelta.x != 0)) {
    session_.playback().Pause();
    session_.GoToPosition(session_.viewport().At(ImGui::GetIO().MousePos.x - origin.x));
  }
}

void Ui::HandleMouse(ImVec2 origin, ImVec2 size) {
  const ImGuiIO& io = ImGui::GetIO();
  ImGui::SetCursorScreenPos(origin);
  ImGui::InvisibleButton(
      "lanes", size,
      ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonMiddle | ImGuiButtonFlags_MouseButtonRight);
  const Point mouse{io.MousePos.x - origin.x, io.MousePos.y - origin.y + scroll_};
  const bool hovered = ImGui::IsItemHovered();
  if (hovered && (io.MouseWheel != 0 || io.MouseWheelH != 0)) {
    const float wheel = io.MouseWheel != 0 ? io.MouseWheel : io.MouseWheelH;
    if (io.KeyCtrl) {
      session_.viewport().ZoomAround(mouse.x, std::pow(0.85, wheel));
    } else if (io.KeyShift || io.MouseWheelH != 0) {
      session_.viewport().PanShare(-0.08 * wheel);
    } else {
      scroll_ -= wheel * 40 * look_.scale;
    }
  }
  if (ImGui::IsItemActive() &&
      (ImGui::IsMouseDragging(ImGuiMouseButton_Right, 0) || ImGui::IsMouseDragging(ImGuiMouseButton_Middle, 0))) {
    session_.viewport().PanPixels(-io.MouseDelta.x);
    scroll_ -= io.MouseDelta.y;
  }
  if (hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
    pressed_ = true;
    selecting_ = false;
    pressed_at_ = mouse;
  }
  if (pressed_ && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    const bool moved = std::abs(mouse.x - pressed_at_.x) > kDragPixels * look_.scale;
    if (moved && pressed_at_.x >= lanes_.metrics.gutter) selecting_ = true;
    if (selecting_) session_.Select(session_.viewport().At(pressed_at_.x), session_.viewport().At(mouse.x));
  }
  if (pressed_ && ImGui::IsMouseReleased(ImGuiMouseButton_Left)) {
    if (!selecting_) Click(pressed_at_, false);
    pressed_ = false;
  }
  if (hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) Click(mouse, true);
  if (hovered && !ImGui::IsMouseDown(ImGuiMouseButton_Left)) ShowTips(mouse);
}

void Ui::Click(Point at, bool twice) {
  const Lane* lane = lanes_.At(at.y);
  if (lane != nullptr && lane->kind == LaneKind::kClientPrograms) {
    if (!twice) Do(Action::kFoldClients);
    return;
  }
  if (at.x < lanes_.metrics.gutter) return;
  session_.playback().Pause();
  const Bar* bar = plan_.body.BarAt(at);
  if (twice) {
    analysis::Interval steps;
    if (bar != nullptr) {
      steps.from = bar->from;
      steps.to = bar->to;
      session_.ZoomToSteps(steps);
    }
    return;
  }
  session_.ClearSelection();
  if (const Arrow* arrow = plan_.body.ArrowAt(at); arrow != nullptr && bar == nullptr) {
    session_.GoToStep(session_.step() == arrow->from_step ? arrow->to_step : arrow->from_step);
    return;
  }
  const size_t near = NearestEvent(session_.content(), session_.axis(), lane, session_.viewport().At(at.x));
  if (lane != nullptr) {
    session_.GoToStep(near);
  } else {
    session_.GoToPosition(session_.viewport().At(at.x));
  }
}

void Ui::ShowTips(Point at) {
  if (at.x < lanes_.metrics.gutter) {
    for (const Label& label : plan_.gutter.labels) {
      if (!label.tip.empty() && label.tip != label.text && label.area.Contains(at)) ShowTooltip(look_, label.tip);
    }
    return;
  }
  if (const Bar* bar = plan_.body.BarAt(at)) {
    ShowTooltip(look_, bar->tip);
  } else if (const Arrow* arrow = plan_.body.ArrowAt(at)) {
    ShowTooltip(look_, arrow->tip);
  }
}

}  // namespace lockscope::viewer
