// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace millrace::desktop {

/// What one adds most often, with the address it listens on by itself.
struct BackendPreset {
    const char* title;  ///< translated by presetTitles()
    const char* name;
    const char* kind;
    const char* address;

    bool asksForAddress() const { return *address == '\0' && QLatin1String(kind) == QLatin1String("openai"); }
};

const BackendPreset* backendPreset(int index);  ///< null: there is none
QStringList presetTitles();
/// The name of a preset, or that with the first number from 2 on that is not taken.
QString freeName(const BackendPreset& preset, const QStringList& taken);

}  // namespace millrace::desktop
