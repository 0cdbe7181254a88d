#include "viewer/app/offscreen.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GL/gl.h>
#include <stb_image_write.h>

#include <algorithm>
#include <iostream>

#include "core/export/output_file.h"

namespace lockscope::viewer {

Result<std::unique_ptr<Offscreen>> Offscreen::Make(PixelSize size) {
  const auto missing = [](const char* what) {
    return Fail("cannot draw without a display: {} (install libegl1, libegl-mesa0 and libgl1-mesa-dri)", what);
  };
  std::unique_ptr<Offscreen> offscreen(new Offscreen);
  offscreen->size_ = size;
  const EGLDisplay display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
  if (display == EGL_NO_DISPLAY || eglInitialize(display, nullptr, nullptr) == EGL_FALSE) {
    return missing("EGL has no surfaceless platform here");
  }
  offscreen->display_ = display;
  if (eglBindAPI(EGL_OPENGL_API) == EGL_FALSE) return missing("EGL has no OpenGL");
  constexpr EGLint kConfig[] = {EGL_SURFACE_TYPE,
                                EGL_PBUFFER_BIT,
                                EGL_RENDERABLE_TYPE,
                                EGL_OPENGL_BIT,
                                EGL_RED_SIZE,
                                8,
                                EGL_GREEN_SIZE,
                                8,
                                EGL_BLUE_SIZE,
                                8,
                                EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (eglChooseConfig(display, kConfig, &config, 1, &count) == EGL_FALSE || count == 0) {
    return missing("EGL has no format that can be drawn to");
  }
  const EGLint surface[] = {EGL_WIDTH, size.width, EGL_HEIGHT, size.height, EGL_NONE};
  offscreen->surface_ = eglCreatePbufferSurface(display, config, surface);
  constexpr EGLint kContext[] = {
      EGL_CONTEXT_MAJOR_VERSION,           3,       EGL_CONTEXT_MINOR_VERSION, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK,
      EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
  offscreen->context_ = eglCreateContext(display, config, EGL_NO_CONTEXT, kContext);
  if (offscreen->surface_ == EGL_NO_SURFACE || offscreen->context_ == EGL_NO_CONTEXT ||
      eglMakeCurrent(display, offscreen->surface_, offscreen->surface_, offscreen->context_) == EGL_FALSE) {
    return missing("no OpenGL 3.3");
  }
  return offscreen;
}

Offscreen::~Offscreen() {
  if (display_ == nullptr) return;
  eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  if (context_ != nullptr) eglDestroyContext(display_, context_);
  if (surface_ != nullptr) eglDestroySurface(display_, surface_);
  eglTerminate(display_);
}

std::vector<uint8_t> Offscreen::ReadPixels() const {
  const size_t row = static_cast<size_t>(size_.width) * 3;
  std::vector<uint8_t> upside_down(row * static_cast<size_t>(size_.height));
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, size_.width, size_.height, GL_RGB, GL_UNSIGNED_BYTE, upside_down.data());
  std::vector<uint8_t> pixels(upside_down.size());
  for (size_t y = 0; y < static_cast<size_t>(size_.height); ++y) {
    const auto from = upside_down.end() - static_cast<std::ptrdiff_t>((y + 1) * row);
    std::copy(from, from + static_cast<std::ptrdiff_t>(row), pixels.begin() + static_cast<std::ptrdiff_t>(y * row));
  }
  return pixels;
}

Result<void> WritePng(const std::string& path, PixelSize size, const std::vector<uint8_t>& pixels) {
  const auto write = [&](std::ostream& out) -> Result<void> {
    const auto append = [](void* to, void* data, int length) {
      static_cast<std::ostream*>(to)->write(static_cast<const char*>(data), length);
    };
    const int done = stbi_write_png_to_func(append, &out, size.width, size.height, 3, pixels.data(), size.width * 3);
    return done != 0 ? Result<void>() : Fail("there is not enough memory");
  };
  if (path != "-") return export_::WriteFile(path, write);
  Result<void> written = write(std::cout);
  if (written && !std::cout.flush()) return Fail("standard output cannot be written");
  return written;
}

}  // namespace lockscope::viewer
