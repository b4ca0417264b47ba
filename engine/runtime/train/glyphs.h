// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "runtime/random.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace::train {

inline constexpr int kSide = 28;
inline constexpr int kPixels = kSide * kSide;

/// pixels  [count, 784]  float32, row-major, 0 (black) … 1 (white); a white digit on black
/// labels  [count]       0 … 9
struct Digits {
    std::vector<float> pixels;
    std::vector<std::int64_t> labels;

    std::size_t count() const { return labels.size(); }
};

/// The fonts of this machine that have all ten digits, by family.
/// Errors: NotFound when a folder holds none.
class Fonts {
public:
    struct Family {
        std::string name;
        std::vector<std::string> files;
    };

    static StatusOr<std::unique_ptr<Fonts>> open(const std::string& folder);
    ~Fonts();

    const std::vector<Family>& families() const { return families_; }
    /// Digits of families drawn at random (each as likely, however many cuts it has), turned, sheared, stretched,
    /// emboldened, shifted, dimmed, blurred and strewn with noise. The same seed gives the same digits, as long as
    /// fonts and FreeType are the same.
    Digits draw(const std::vector<Family>& from, std::size_t count, runtime::Random& random);

private:
    Fonts();
    bool drawOne(const std::string& file, int digit, runtime::Random& random, float* pixels);
    struct Library;
    std::unique_ptr<Library> library_;
    std::vector<Family> families_;
};

/// A sheet of digits as a grey PGM picture, `columns` wide; labels go into its comment.
Status writeSheet(const std::string& file, const Digits& digits, std::size_t columns);

}  // namespace millrace::train
