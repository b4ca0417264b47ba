// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/train/glyphs.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numbers>

namespace millrace::train {

namespace fs = std::filesystem;
using runtime::Random;

struct Fonts::Library {
    FT_Library library = nullptr;
    std::map<std::string, FT_Face> faces;

    Library() { FT_Init_FreeType(&library); }
    ~Library()
    {
        for (const auto& [file, face] : faces) FT_Done_Face(face);
        FT_Done_FreeType(library);
    }
    FT_Face open(const std::string& file)
    {
        const auto found = faces.find(file);
        if (found != faces.end()) return found->second;
        FT_Face face = nullptr;
        if (FT_New_Face(library, file.c_str(), 0, &face) != 0) return nullptr;
        faces.emplace(file, face);
        return face;
    }
};

Fonts::Fonts() : library_(std::make_unique<Library>()) {}
Fonts::~Fonts() = default;

StatusOr<std::unique_ptr<Fonts>> Fonts::open(const std::string& folder)
{
    std::unique_ptr<Fonts> fonts(new Fonts());
    std::map<std::string, std::vector<std::string>> byFamily;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string kind = at->path().extension().string();
        if (kind != ".ttf" && kind != ".otf") continue;
        const std::string file = at->path().string();
        FT_Face face = fonts->library_->open(file);
        if (face == nullptr || face->family_name == nullptr || !FT_IS_SCALABLE(face)) continue;
        bool whole = true;
        for (char digit = '0'; digit <= '9'; ++digit)
            whole = whole && FT_Get_Char_Index(face, static_cast<FT_ULong>(digit)) != 0;
        if (whole) byFamily[face->family_name].push_back(file);
    }
    for (auto& [name, files] : byFamily) {
        std::sort(files.begin(), files.end());
        fonts->families_.push_back({name, std::move(files)});
    }
    if (fonts->families_.empty()) return notFound("no fonts with digits in " + folder);
    return fonts;
}

namespace {

/// Keeps what a pen, a scanner and a careless crop do to a digit.
void spoil(float* pixels, Random& random)
{
    if (random.unit() < 0.4) {
        const std::vector<float> sharp(pixels, pixels + kPixels);
        const auto amount = static_cast<float>(random.between(0.1, 0.5));
        for (int y = 0; y < kSide; ++y)
            for (int x = 0; x < kSide; ++x) {
                float sum = 0.0F;
                int count = 0;
                for (int dy = -1; dy <= 1; ++dy)
                    for (int dx = -1; dx <= 1; ++dx)
                        if (y + dy >= 0 && y + dy < kSide && x + dx >= 0 && x + dx < kSide) {
                            sum += sharp[static_cast<std::size_t>((y + dy) * kSide + x + dx)];
                            ++count;
                        }
                float& pixel = pixels[y * kSide + x];
                pixel += amount * (sum / static_cast<float>(count) - pixel);
            }
    }
    const auto light = static_cast<float>(random.between(0.55, 1.0));
    const auto noise = static_cast<float>(random.unit() < 0.5 ? random.between(0.0, 0.12) : 0.0);
    for (int at = 0; at < kPixels; ++at) {
        const auto grain = static_cast<float>(random.between(-1.0, 1.0)) * noise;
        pixels[at] = std::clamp(pixels[at] * light + grain, 0.0F, 1.0F);
    }
}

}  // namespace

bool Fonts::drawOne(const std::string& file, int digit, Random& random, float* pixels)
{
    FT_Face face = library_->open(file);
    if (face == nullptr) return false;
    const double size = random.between(19.0, 30.0);
    const double angle = random.between(-0.21, 0.21);
    const double shear = random.between(-0.2, 0.2);
    const double width = random.between(0.82, 1.18);
    const double bold = random.between(-0.4, 0.9);
    const double shiftX = random.between(-2.5, 2.5);
    const double shiftY = random.between(-2.5, 2.5);
    FT_Set_Char_Size(face, 0, static_cast<FT_F26Dot6>(size * 64.0), 72, 72);
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    const auto fixed = [](double value) { return static_cast<FT_Fixed>(std::lround(value * 65536.0)); };
    FT_Matrix matrix{fixed(width * cosine), fixed(shear * cosine - sine), fixed(width * sine),
                     fixed(shear * sine + cosine)};
    FT_Set_Transform(face, &matrix, nullptr);
    if (FT_Load_Char(face, static_cast<FT_ULong>('0' + digit), FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) != 0)
        return false;
    FT_GlyphSlot slot = face->glyph;
    if (slot->format == FT_GLYPH_FORMAT_OUTLINE) FT_Outline_Embolden(&slot->outline, static_cast<FT_Pos>(bold * 64.0));
    if (FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0) return false;
    const FT_Bitmap& bitmap = slot->bitmap;
    const int columns = static_cast<int>(bitmap.width);
    const int rows = static_cast<int>(bitmap.rows);
    if (columns == 0 || rows == 0) return false;
    const int left = static_cast<int>(std::lround((kSide - columns) / 2.0 + shiftX));
    const int top = static_cast<int>(std::lround((kSide - rows) / 2.0 + shiftY));
    std::fill(pixels, pixels + kPixels, 0.0F);
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x) {
            const int toX = left + x;
            const int toY = top + y;
            if (toX < 0 || toX >= kSide || toY < 0 || toY >= kSide) continue;
            pixels[toY * kSide + toX] = static_cast<float>(bitmap.buffer[y * bitmap.pitch + x]) / 255.0F;
        }
    spoil(pixels, random);
    return true;
}

Digits Fonts::draw(const std::vector<Family>& from, std::size_t count, Random& random)
{
    Digits digits;
    digits.pixels.resize(count * kPixels);
    std::size_t failures = 0;
    while (digits.count() < count && failures < count) {
        const Family& family = from[random.below(from.size())];
        const std::string& file = family.files[random.below(family.files.size())];
        const int digit = static_cast<int>(random.below(10));
        if (drawOne(file, digit, random, digits.pixels.data() + digits.count() * kPixels))
            digits.labels.push_back(digit);
        else
            ++failures;
    }
    digits.pixels.resize(digits.count() * kPixels);
    return digits;
}

Status writeSheet(const std::string& file, const Digits& digits, std::size_t columns)
{
    std::ofstream out(file, std::ios::binary);
    const std::size_t rows = digits.count() / columns;
    out << "P5\n# ";
    for (std::size_t at = 0; at < rows * columns; ++at) out << digits.labels[at];
    out << "\n" << columns * kSide << " " << rows * kSide << "\n255\n";
    for (std::size_t y = 0; y < rows * kSide; ++y)
        for (std::size_t x = 0; x < columns * kSide; ++x) {
            const std::size_t digit = (y / kSide) * columns + x / kSide;
            const float pixel = digits.pixels[digit * kPixels + (y % kSide) * kSide + x % kSide];
            out.put(static_cast<char>(std::lround(pixel * 255.0F)));
        }
    out.close();
    return out ? absl::OkStatus() : unavailable("cannot write " + file);
}

}  // namespace millrace::train
