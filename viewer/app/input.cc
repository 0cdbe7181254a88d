#include "viewer/app/input.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <array>
#include <utility>

namespace lockscope::viewer {
namespace {

struct Binding {
  int key;
  int mods;  // Exactly these.
  Action action;
};

constexpr std::array kBindings = {
    Binding{GLFW_KEY_SPACE, 0, Action::kPlayPause},
    Binding{GLFW_KEY_LEFT, 0, Action::kPreviousEvent},
    Binding{GLFW_KEY_RIGHT, 0, Action::kNextEvent},
    Binding{GLFW_KEY_COMMA, 0, Action::kPreviousWords},
    Binding{GLFW_KEY_PERIOD, 0, Action::kNextWords},
    Binding{GLFW_KEY_ENTER, 0, Action::kShowAnswer},
    Binding{GLFW_KEY_KP_ENTER, 0, Action::kShowAnswer},
    Binding{GLFW_KEY_DOWN, 0, Action::kSlower},
    Binding{GLFW_KEY_UP, 0, Action::kFaster},
    Binding{GLFW_KEY_T, 0, Action::kSwitchAxis},
    Binding{GLFW_KEY_W, 0, Action::kZoomIn},
    Binding{GLFW_KEY_KP_ADD, 0, Action::kZoomIn},
    Binding{GLFW_KEY_S, 0, Action::kZoomOut},
    Binding{GLFW_KEY_KP_SUBTRACT, 0, Action::kZoomOut},
    Binding{GLFW_KEY_A, 0, Action::kPanLeft},
    Binding{GLFW_KEY_D, 0, Action::kPanRight},
    Binding{GLFW_KEY_PAGE_UP, 0, Action::kLanesUp},
    Binding{GLFW_KEY_PAGE_DOWN, 0, Action::kLanesDown},
    Binding{GLFW_KEY_F, 0, Action::kZoomToItem},
    Binding{GLFW_KEY_H, 0, Action::kShowStory},
    Binding{GLFW_KEY_HOME, 0, Action::kShowWhole},
    Binding{GLFW_KEY_LEFT, GLFW_MOD_SHIFT, Action::kSelectLeft},
    Binding{GLFW_KEY_RIGHT, GLFW_MOD_SHIFT, Action::kSelectRight},
    Binding{GLFW_KEY_N, 0, Action::kNextWait},
    Binding{GLFW_KEY_N, GLFW_MOD_SHIFT, Action::kPreviousWait},
    Binding{GLFW_KEY_C, 0, Action::kFoldClients},
    Binding{GLFW_KEY_L, 0, Action::kSwitchTheme},
    Binding{GLFW_KEY_EQUAL, GLFW_MOD_CONTROL, Action::kLargerText},
    Binding{GLFW_KEY_EQUAL, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT, Action::kLargerText},
    Binding{GLFW_KEY_KP_ADD, GLFW_MOD_CONTROL, Action::kLargerText},
    Binding{GLFW_KEY_MINUS, GLFW_MOD_CONTROL, Action::kSmallerText},
    Binding{GLFW_KEY_KP_SUBTRACT, GLFW_MOD_CONTROL, Action::kSmallerText},
    Binding{GLFW_KEY_F1, 0, Action::kHelp},
    Binding{GLFW_KEY_ESCAPE, 0, Action::kCloseHelp},
};

// By what they write. ] and [ are also AltGr keys elsewhere: the sign is what counts.
struct Sign {
  unsigned int letter;
  Action action;
};
constexpr std::array kSigns = {
    Sign{'?', Action::kHelp},    Sign{'+', Action::kZoomIn},   Sign{'=', Action::kZoomIn},
    Sign{'-', Action::kZoomOut}, Sign{']', Action::kToHolder}, Sign{'[', Action::kBack},
};

// One window: GLFW's own user pointer belongs to whoever made the window.
Input::OnAction* current = nullptr;

void OnKey(GLFWwindow*, int key, int, int what, int mods) {
  if (what == GLFW_RELEASE || current == nullptr) return;
  if (const std::optional<Action> action = ActionOfKey(key, mods)) (*current)(*action);
}

void OnSign(GLFWwindow*, unsigned int letter) {
  if (current == nullptr) return;
  if (const std::optional<Action> action = ActionOfSign(letter)) (*current)(*action);
}

}  // namespace

std::optional<Action> ActionOfKey(int key, int mods) {
  mods &= GLFW_MOD_SHIFT | GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SUPER;  // Not the locks.
  for (const Binding& binding : kBindings) {
    if (binding.key == key && binding.mods == mods) return binding.action;
  }
  return std::nullopt;
}

std::optional<Action> ActionOfSign(unsigned int letter) {
  for (const Sign& sign : kSigns) {
    if (sign.letter == letter) return sign.action;
  }
  return std::nullopt;
}

Input::Input(GLFWwindow* window, OnAction on_action) : window_(window) {
  delete current;
  current = new OnAction(std::move(on_action));
  glfwSetKeyCallback(window, OnKey);
  glfwSetCharCallback(window, OnSign);
}

Input::~Input() {
  glfwSetKeyCallback(window_, nullptr);
  glfwSetCharCallback(window_, nullptr);
  delete current;
  current = nullptr;
}

}  // namespace lockscope::viewer
