// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/runtime/child_environment.h"

#include "base/letters.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace millrace::backend {

namespace {

using namespace std::string_view_literals;

constexpr std::array kNames{"PATH"sv,          "HOME"sv,
                            "USER"sv,          "LOGNAME"sv,
                            "LANG"sv,          "TZ"sv,
                            "LANGUAGE"sv,      "LD_LIBRARY_PATH"sv,
                            "TMPDIR"sv,        "GLIBC_TUNABLES"sv,
                            "ASAN_OPTIONS"sv,  "LSAN_OPTIONS"sv,
                            "UBSAN_OPTIONS"sv, "TSAN_OPTIONS"sv};
constexpr std::array kFamilies{"LC_"sv,  "XDG_"sv,   "OMP_"sv,  "KMP_"sv,    "GOMP_"sv,   "OPENBLAS_"sv,
                               "MKL_"sv, "TORCH_"sv, "CUDA_"sv, "NVIDIA_"sv, "MALLOC_"sv, "MILLRACE_"sv};
constexpr std::array kSecrets{"KEY"sv, "TOKEN"sv, "SECRET"sv, "PASS"sv, "CREDENTIAL"sv, "AUTH"sv};

}  // namespace

bool passesToChild(std::string_view name)
{
    const std::string upper = uppered(name);
    const auto inside = [&](std::string_view word) { return upper.find(word) != std::string::npos; };
    if (std::any_of(kSecrets.begin(), kSecrets.end(), inside)) return false;
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
           std::any_of(kFamilies.begin(), kFamilies.end(),
                       [&](std::string_view family) { return name.starts_with(family); });
}

std::vector<std::string> childEnvironment(const char* const* environment)
{
    std::vector<std::string> passed;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        const std::string_view variable = *environment;
        if (passesToChild(variable.substr(0, variable.find('=')))) passed.emplace_back(variable);
    }
    return passed;
}

}  // namespace millrace::backend
