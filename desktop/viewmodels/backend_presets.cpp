// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/backend_presets.h"

#include <QtCore/QCoreApplication>

#include <iterator>

namespace millrace::desktop {
namespace {

constexpr BackendPreset kPresets[] = {
    {"Ollama", "ollama", "openai", "http://127.0.0.1:11434"},
    {"llama-server", "llama", "openai", "http://127.0.0.1:8080"},
    {"LM Studio", "lmstudio", "openai", "http://127.0.0.1:1234"},
    {"vLLM", "vllm", "openai", "http://127.0.0.1:8000"},
    {QT_TRANSLATE_NOOP("BackendPresets", "Other (OpenAI API)"), "backend", "openai", ""},
    {QT_TRANSLATE_NOOP("BackendPresets", "Embedded runtime"), "runtime", "runtime", ""},
};

}  // namespace

const BackendPreset* backendPreset(int index)
{
    return index < 0 || index >= static_cast<int>(std::size(kPresets)) ? nullptr : &kPresets[index];
}

QStringList presetTitles()
{
    QStringList out;
    for (const BackendPreset& preset : kPresets)
        out.append(QCoreApplication::translate("BackendPresets", preset.title));
    return out;
}

QString freeName(const BackendPreset& preset, const QStringList& taken)
{
    const QString base = QString::fromLatin1(preset.name);
    QString name = base;
    for (int number = 2; taken.contains(name); ++number) name = QStringLiteral("%1-%2").arg(base).arg(number);
    return name;
}

}  // namespace millrace::desktop
