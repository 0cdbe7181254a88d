// Ui: one frame of the viewer. Three areas fill the window: transport bar, timeline, sentences with details; above the
// timeline stand a scenario's words, where the recording has any. There is nothing else. Window and screenshot both draw
// by calling Frame. The thread of the window.
#pragma once

#include <string>
#include <string_view>

#include "viewer/model/preferences.h"
#include "viewer/model/session.h"
#include "viewer/model/timeline_plan.h"
#include "viewer/model/toolbar_plan.h"
#include "viewer/view/draw_plan.h"

namespace lockscope::viewer {

class Ui {
 public:
  // All must outlive the Ui.
  Ui(Session& session, const Fonts& fonts, Preferences& preferences);

  // `scale`: pixels for one of the design's, display and text scale together; the fonts were loaded at it.
  void Frame(ImVec2 size, float scale);
  // An action by key or button; the session's and its own.
  void Do(Action action);
  // Of the last frame.
  const ToolbarPlan& toolbar() const { return toolbar_; }

 private:
  ToolbarPlan PlanTransportBar(float width) const;
  void TransportBar(const ToolbarPlan& plan);
  float CaptionBandHeight(float width) const;   // 0: none.
  float QuestionBandHeight(float width) const;  // 0: none at the cursor.
  std::string_view CaptionOrStory(int caption) const;
  void CaptionBand(ImVec2 size);
  void QuestionBand(ImVec2 size);
  void TimelinePanel(ImVec2 size);
  void SentencesPanel(ImVec2 size);
  void DetailsPanel(ImVec2 size);
  void HelpPanel(ImVec2 size);

  void LayOut(ImVec2 size);
  void DrawRuler(ImVec2 origin, float width);
  void DrawLanes(ImVec2 origin, ImVec2 size);
  void HandleMouse(ImVec2 origin, ImVec2 size);
  void HandleRulerMouse(ImVec2 origin, float width);
  void Click(Point in_lanes, bool twice);
  void ShowTips(Point in_lanes);
  const Theme& theme() const { return preferences_.dark ? Theme::Dark() : Theme::Light(); }

  Session& session_;
  const Fonts& fonts_;
  Preferences& preferences_;
  Look look_;
  ToolbarPlan toolbar_;
  Lanes lanes_;
  TimelinePlan plan_;
  float scroll_ = 0;      // Of the lanes, in pixels.
  float lanes_seen_ = 0;  // Height of the part of the lanes that is seen.
  Point pressed_at_;      // Where the left button went down, in lanes.
  bool pressed_ = false;
  bool selecting_ = false;
};

// ImGui's own colours and sizes, from the theme: for tooltips, scroll bars and text.
void ApplyStyle(const Theme& theme, float scale);

}  // namespace lockscope::viewer
