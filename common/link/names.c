#include "names.h"

const struct link_spelling link_verbs[LINK_ROUTE] = {
    [LINK_STREAM] = {{"<stream xmlns='" NS_LINK "'",
                      sizeof("<stream xmlns='" NS_LINK "'") - 1},
                     {">", 1}},
    [LINK_BIND] = {{"<bind", 5}, {"/>", 2}},
    [LINK_UNBIND] = {{"<unbind", 7}, {"/>", 2}},
    [LINK_BOUND] = {{"<bound", 6}, {"/>", 2}},
    [LINK_REFUSED] = {{"<refused", 8}, {"/>", 2}},
    [LINK_UP] = {{"<up", 3}, {"/>", 2}},
    [LINK_DOWN] = {{"<down", 5}, {"/>", 2}},
};
