// Offscreen: an OpenGL context and a surface of a given size without any display, by EGL's surfaceless platform (Mesa
// draws it in software where there is no GPU). One at a time; the main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "viewer/model/open_recording.h"

namespace lockscope::viewer {

class Offscreen {
 public:
  // The error is one line that says what is missing.
  static Result<std::unique_ptr<Offscreen>> Make(PixelSize size);
  ~Offscreen();
  Offscreen(const Offscreen&) = delete;
  Offscreen& operator=(const Offscreen&) = delete;

  // What has been drawn, three bytes a pixel, the top row first.
  std::vector<uint8_t> ReadPixels() const;

 private:
  Offscreen() = default;
  PixelSize size_;
  void* display_ = nullptr;  // EGL's handles; its headers stay out of ours.
  void* surface_ = nullptr;
  void* context_ = nullptr;
};

// Three bytes a pixel, the top row first. The whole file or none; "-" is standard output, as for the other commands.
Result<void> WritePng(const std::string& path, PixelSize size, const std::vector<uint8_t>& pixels);

}  // namespace lockscope::viewer
