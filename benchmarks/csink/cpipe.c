/*
 * cpipe - a pipelined SMTP sender for benchmarks: how fast one can be, in C.
 *
 * Purpose: the yardstick for senders in other languages. One thread, epoll, loopback only; each connection
 *   does what the product does: MAIL, RCPT and DATA in one write, one message in flight, and the next
 *   envelope in the same write as the final dot.
 *
 * Build:   gcc -O2 -Wall -o cpipe cpipe.c
 *
 * Use:     cpipe PORT CONNECTIONS MESSAGES FILE
 *   FILE     the message, with CRLF line ends, no line beginning with a dot.
 *
 * Prints the number of messages that were answered 250, and ends with 0 when that is MESSAGES.
 *
 * Limits: no TLS, no AUTH, no refusals; the same bytes for everybody.
 *
 * Licence: MIT, as the rest of this project (see LICENSE).
 * SPDX-License-Identifier: MIT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNS 256

typedef struct {
    int fd;
    int lines;       /* whole replies of the present group */
    int wanted;      /* replies in it: 1 after connecting and EHLO, 3 for an envelope, 4 with the dot before it */
    int stage;       /* 0 greeting, 1 EHLO, 2 envelope, 3 dot (and the next envelope) */
    int more;        /* the envelope of another message has left with the body */
    const char *out; /* what is still to be written */
    size_t left;
    char tail[8];    /* the last octets of an unfinished line */
    int tail_n;
} Conn;

static const char EHLO[] = "EHLO cpipe.example\r\n";
static const char ENVELOPE[] =
    "MAIL FROM:<rebonds@coalition.example>\r\nRCPT TO:<lecteur@exemple.org>\r\nDATA\r\n";
static char *with_next, *last; /* body, dot, next envelope; body, dot */
static size_t with_next_n, last_n;
static long todo, done;

static void put(Conn *c, const char *bytes, size_t n)
{
    while (n) {
        ssize_t w = write(c->fd, bytes, n);
        if (w < 0) {
            if (errno != EAGAIN)
                exit(1);
            break;
        }
        bytes += w;
        n -= w;
    }
    c->out = bytes;
    c->left = n;
}

static void body(Conn *c)
{
    c->stage = 3;
    c->more = todo > 0;
    todo -= c->more;
    c->wanted = c->more ? 4 : 1;
    if (c->more)
        put(c, with_next, with_next_n);
    else
        put(c, last, last_n);
}

/* A group of replies is whole.  0: this connection is done. */
static int go_on(Conn *c)
{
    c->lines = 0;
    if (c->stage == 0) {
        c->stage = 1;
        put(c, EHLO, sizeof EHLO - 1);
        return 1;
    }
    if (c->stage == 1) {
        if (!todo)
            return 0;
        todo--;
        c->stage = 2;
        c->wanted = 3;
        put(c, ENVELOPE, sizeof ENVELOPE - 1);
        return 1;
    }
    if (c->stage == 3) {
        done++;
        if (!c->more)
            return 0;
    }
    body(c);
    return 1;
}

/* Count replies: lines whose fourth octet is no hyphen. */
static int feed(Conn *c, const char *in, size_t n)
{
    int alive = 1;
    for (size_t i = 0; i < n; i++) {
        if (in[i] != '\n') {
            if (c->tail_n < 4)
                c->tail[c->tail_n++] = in[i];
            continue;
        }
        if (c->tail[3] != '-' && ++c->lines == c->wanted)
            alive = go_on(c);
        c->tail_n = 0;
        c->tail[3] = ' ';
    }
    return alive;
}

int main(int argc, char **argv)
{
    if (argc != 5 || atoi(argv[2]) < 1 || atoi(argv[2]) > MAX_CONNS) {
        fprintf(stderr, "usage: cpipe PORT CONNECTIONS MESSAGES FILE\n");
        return 2;
    }
    int n_conns = atoi(argv[2]);
    long messages = todo = atol(argv[3]);
    FILE *file = fopen(argv[4], "rb");
    if (!file) {
        perror(argv[4]);
        return 1;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    last = malloc(size + 3);
    with_next = malloc(size + 3 + sizeof ENVELOPE);
    if (!last || !with_next || fread(last, 1, size, file) != (size_t)size)
        return 1;
    fclose(file);
    memcpy(last + size, ".\r\n", 3);
    last_n = size + 3;
    memcpy(with_next, last, last_n);
    memcpy(with_next + last_n, ENVELOPE, sizeof ENVELOPE - 1);
    with_next_n = last_n + sizeof ENVELOPE - 1;

    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons(atoi(argv[1])),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int ep = epoll_create1(0), open = 0, one = 1;
    for (int i = 0; i < n_conns; i++) {
        Conn *c = calloc(1, sizeof *c);
        c->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(c->fd, (void *)&addr, sizeof addr)) {
            perror("connect");
            return 1;
        }
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
        c->wanted = 1;
        c->tail[3] = ' ';
        struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
        epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
        open++;
    }
    struct epoll_event events[64];
    static char in[65536];
    while (open) {
        int k = epoll_wait(ep, events, 64, -1);
        for (int i = 0; i < k; i++) {
            Conn *c = events[i].data.ptr;
            if (c->left)
                put(c, c->out, c->left);
            for (;;) {
                ssize_t r = read(c->fd, in, sizeof in);
                if (r < 0 && errno == EAGAIN)
                    break;
                if (r <= 0 || !feed(c, in, r)) {
                    close(c->fd);
                    free(c);
                    open--;
                    break;
                }
            }
        }
    }
    printf("%ld\n", done);
    return done != messages;
}
