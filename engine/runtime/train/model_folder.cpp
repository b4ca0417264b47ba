// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/train/model_folder.h"

#include <absl/strings/str_format.h>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <fstream>
#include <string_view>

namespace millrace::train {

namespace json = boost::json;

namespace {

/// Objects over several lines, arrays of plain values on one: as people would write it.
void print(std::ostream& out, const json::value& value, int depth)
{
    const std::string indent(static_cast<std::size_t>(depth + 1) * 2, ' ');
    const std::string end(static_cast<std::size_t>(depth) * 2, ' ');
    if (value.is_object()) {
        out << "{\n";
        std::size_t left = value.get_object().size();
        for (const auto& entry : value.get_object()) {
            out << indent << json::serialize(json::string(entry.key())) << ": ";
            print(out, entry.value(), depth + 1);
            out << (--left > 0 ? ",\n" : "\n");
        }
        out << end << "}";
    } else if (value.is_double()) {
        // Boost writes 9.5E-1.
        out << absl::StrFormat("%.10g", value.get_double());
    } else {
        out << json::serialize(value);
    }
}

}  // namespace

ModelFolder::ModelFolder(std::filesystem::path repository, std::string name)
    : folder_(std::move(repository) / name), name_(std::move(name))
{
    std::error_code ignored;
    std::filesystem::create_directories(folder_ / "1", ignored);
}

std::string ModelFolder::modelFile() const
{
    return (folder_ / "1" / "model.pt").string();
}

Status ModelFolder::writeConfig(const json::object& config) const
{
    return write("config.json", config);
}
Status ModelFolder::writeCard(const json::object& card) const
{
    return write("card.json", card);
}

Status ModelFolder::write(const std::string& file, const json::object& object) const
{
    std::ofstream out(folder_ / file);
    print(out, object, 0);
    out << "\n";
    out.close();
    return out ? absl::OkStatus() : unavailable("cannot write " + (folder_ / file).string());
}

double rounded(double value, int digits)
{
    const double scale = std::pow(10.0, digits);
    return std::round(value * scale) / scale;
}

}  // namespace millrace::train
