// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/author_word.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "viewmodels/revisions_view_model.h"

namespace millrace::desktop {

QString authorWord(control::Author author)
{
    switch (author) {
        case control::AUTHOR_CONSOLE:
            return RevisionsViewModel::tr("console");
        case control::AUTHOR_MILLRACECTL:
            return QStringLiteral("millracectl");
        case control::AUTHOR_FLAG:
            return RevisionsViewModel::tr("command line");
        case control::AUTHOR_FILE:
            return RevisionsViewModel::tr("configuration file");
        case control::AUTHOR_GUARD:
            return RevisionsViewModel::tr("guard");
        case control::AUTHOR_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(Author);
    }
    return format::unknownText(author);
}

}  // namespace millrace::desktop
