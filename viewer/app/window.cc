#include "viewer/app/window.h"

#define GLFW_INCLUDE_NONE
#include <GL/gl.h>
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <memory>
#include <string>

#include "viewer/app/input.h"
#include "viewer/view/ui.h"

namespace lockscope::viewer {
namespace {

constexpr double kLongestFrame = 0.1;  // Seconds: after a standstill playing goes on, it does not leap.

std::string last_glfw_error;

void OnGlfwError(int, const char* text) { last_glfw_error = text; }

class GlfwWindow {
 public:
  // Null where no window can be made; last_glfw_error says why.
  static GlfwWindow* Make(const std::string& title, PixelSize size) {
    glfwSetErrorCallback(OnGlfwError);
    if (glfwInit() == GLFW_FALSE) return nullptr;
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
    GLFWwindow* window = glfwCreateWindow(size.width, size.height, title.c_str(), nullptr, nullptr);
    if (window == nullptr) {
      glfwTerminate();
      return nullptr;
    }
    glfwSetWindowSizeLimits(window, 640, 400, GLFW_DONT_CARE, GLFW_DONT_CARE);
    glfwMakeContextCurrent(window);
    glfwSwapInterval(1);
    return new GlfwWindow(window);
  }
  ~GlfwWindow() {
    glfwDestroyWindow(window_);
    glfwTerminate();
  }
  GlfwWindow(const GlfwWindow&) = delete;
  GlfwWindow& operator=(const GlfwWindow&) = delete;

  GLFWwindow* get() const { return window_; }
  float Scale() const {
    float x = 1;
    float y = 1;
    glfwGetWindowContentScale(window_, &x, &y);
    return x > 0 ? x : 1;
  }

 private:
  explicit GlfwWindow(GLFWwindow* window) : window_(window) {}
  GLFWwindow* window_;
};

void Draw(GLFWwindow* window) {
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(window, &width, &height);
  glViewport(0, 0, width, height);
  glClearColor(0, 0, 0, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  glfwSwapBuffers(window);
}

}  // namespace

int RunWindow(Session& session, const Options& options) {
  const std::unique_ptr<GlfwWindow> window(GlfwWindow::Make(session.WindowTitle() + " – lockscope", options.size));
  if (window == nullptr) {
    return Complain({fmt::format("no display: {}; use --screenshot OUT.png", last_glfw_error)}, kExitNoWindow);
  }
  const std::filesystem::path state = PreferencesPath();
  Preferences preferences = LoadPreferences(state);
  if (options.dark) preferences.dark = *options.dark;
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;
  Fonts fonts;
  Ui ui(session, fonts, preferences);
  int exit_code = kExitOk;
  int frames_due = 3;  // ImGui needs a second frame to settle what the first one measured.
  {
    const Input input(window->get(), [&](Action action) { ui.Do(action); });
    ImGui_ImplGlfw_InitForOpenGL(window->get(), true);
    ImGui_ImplOpenGL3_Init("#version 330 core");
    float loaded_scale = 0;
    double last_time = glfwGetTime();
    std::string saved = preferences.ToText();
    while (glfwWindowShouldClose(window->get()) == GLFW_FALSE) {
      if (frames_due > 0 || session.playback().playing()) {
        glfwPollEvents();
        --frames_due;
      } else {
        glfwWaitEvents();
        frames_due = 2;
      }
      const double now = glfwGetTime();
      session.Advance(std::min(now - last_time, kLongestFrame));
      last_time = now;
      const float scale = window->Scale() * preferences.text_scale;
      if (scale != loaded_scale) {
        if (const Result<void> loaded = fonts.Load(scale); !loaded) {
          exit_code = Complain(loaded.error(), kExitBadInput);
          break;
        }
        ImGui_ImplOpenGL3_DestroyFontsTexture();
        ImGui_ImplOpenGL3_CreateFontsTexture();
        loaded_scale = scale;
      }
      ImGui_ImplOpenGL3_NewFrame();
      ImGui_ImplGlfw_NewFrame();
      ImGui::NewFrame();
      ui.Frame(ImGui::GetIO().DisplaySize, scale);
      ImGui::Render();
      Draw(window->get());
      // Remembered at once, not at the end: a session that is ended from outside does not say goodbye.
      if (std::string now_set = preferences.ToText(); now_set != saved && !ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
        SavePreferences(preferences, state);
        saved = std::move(now_set);
      }
    }
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
  }
  ImGui::DestroyContext();
  return exit_code;
}

}  // namespace lockscope::viewer
