// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/stage.h"

#include "control.pb.h"
#include "format/enum_words.h"

namespace millrace::desktop {

Stage::Value Stage::of(control::Stage stage)
{
    switch (stage) {
        case control::STAGE_CONNECTIONS:
            return Connections;
        case control::STAGE_BATCHES:
            return Batches;
        case control::STAGE_MODELS:
            return Models;
        case control::STAGE_INFERENCE:
            return Inference;
        case control::STAGE_STREAMS:
            return Streams;
        case control::STAGE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(Stage);
    }
    return None;  // also one that only a newer engine knows
}

Stage::Value Stage::of(const std::string& word)
{
    for (int number = control::Stage_MIN; number <= control::Stage_MAX; ++number) {
        const QString name = QString::fromStdString(control::Stage_Name(number)).toLower();
        if (name == QStringLiteral("stage_") + QString::fromStdString(word))
            return of(static_cast<control::Stage>(number));
    }
    return None;
}

}  // namespace millrace::desktop
