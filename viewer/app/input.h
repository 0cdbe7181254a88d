// Input: which key does what, and the only place that knows GLFW's and ImGui's ways with keys. A newer ImGui or GLFW
// is a change here. The thread of the window.
#pragma once

#include <functional>
#include <optional>

#include "viewer/model/actions.h"

struct GLFWwindow;

namespace lockscope::viewer {

// What a key (GLFW_KEY_…) does together with exactly these modifiers, and what a sign does that was written; nothing: no
// action. Any thread.
std::optional<Action> ActionOfKey(int key, int mods);
std::optional<Action> ActionOfSign(unsigned int letter);

// Installs the window's key callback; call it before ImGui installs its own, which then calls this one. Keys are bound
// by their place on the keyboard (GLFW names a key after what stands there on a US keyboard, whatever the layout), and
// signs that stand elsewhere on other layouts (?, +, −, [ and ]) by what they write as well.
class Input {
 public:
  using OnAction = std::function<void(Action)>;
  Input(GLFWwindow* window, OnAction on_action);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

 private:
  GLFWwindow* window_;
};

}  // namespace lockscope::viewer
