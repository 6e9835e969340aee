/**
 * A chat gateway as Nest's own documentation leads one to write it: a validated DTO, a membership
 * query and a saved entity per message, then the broadcast. Nothing here is slow on purpose.
 */
import 'reflect-metadata';
import { Module, UsePipes, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayInit,
} from '@nestjs/websockets';
import { IsInt, IsNotEmpty, IsPositive, IsString, MaxLength } from 'class-validator';
import { Namespace, Socket } from 'socket.io';
import {
  Column,
  CreateDateColumn,
  Entity,
  PrimaryGeneratedColumn,
  Repository,
  Unique,
} from 'typeorm';
import { userOf } from '../tokens.mjs';

@Entity()
@Unique(['conversationId', 'userId'])
class Participant {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  conversationId!: number;

  @Column()
  userId!: number;
}

@Entity()
class Message {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  conversationId!: number;

  @Column()
  senderId!: number;

  @Column()
  senderName!: string;

  @Column('text')
  content!: string;

  @CreateDateColumn()
  sentAt!: Date;
}

class JoinDto {
  @IsInt()
  @IsPositive()
  conversationId!: number;
}

class SendDto {
  @IsInt()
  @IsPositive()
  conversationId!: number;

  @IsString()
  @IsNotEmpty()
  @MaxLength(4000)
  content!: string;
}

@UsePipes(new ValidationPipe({ transform: true, whitelist: true }))
@WebSocketGateway({ namespace: 'chat' })
class ChatGateway implements OnGatewayInit {
  @WebSocketServer()
  server!: Namespace;

  constructor(
    @InjectRepository(Participant) private readonly participants: Repository<Participant>,
    @InjectRepository(Message) private readonly messages: Repository<Message>,
  ) {}

  afterInit(server: Namespace): void {
    server.use((socket, next) => {
      try {
        socket.data.user = userOf(socket.handshake.auth['token'], process.env['JWT_SECRET']);
        next();
      } catch (error) {
        next(error as Error);
      }
    });
  }

  @SubscribeMessage('conversation:join')
  async join(@ConnectedSocket() socket: Socket, @MessageBody() { conversationId }: JoinDto) {
    const membership = { conversationId, userId: socket.data.user.id };
    if (!(await this.participants.existsBy(membership))) await this.participants.save(membership);
    await socket.join(`conversation:${conversationId}`);
    return { success: true, message: 'joined' };
  }

  @SubscribeMessage('message:send')
  async send(
    @ConnectedSocket() socket: Socket,
    @MessageBody() { conversationId, content }: SendDto,
  ) {
    const { id: userId, username } = socket.data.user;
    const participant = await this.participants.findOneBy({ conversationId, userId });
    if (!participant) throw new WsException('not a participant');
    const saved = await this.messages.save(
      this.messages.create({ conversationId, senderId: userId, senderName: username, content }),
    );
    const message = wireForm(saved);
    const timestamp = new Date().toISOString();
    this.server.to(`conversation:${conversationId}`).emit('message:new', { message, timestamp });
    return { success: true, message };
  }
}

/** The fields, and so the size, of Causerie's messages. */
function wireForm({ id, conversationId, senderId, senderName, content, sentAt }: Message) {
  return {
    id,
    conversationId,
    seq: id,
    senderId,
    senderName,
    type: 'text',
    content,
    attachments: [],
    replyTo: null,
    mentions: [],
    reactions: {},
    clientMessageId: null,
    sentAt: sentAt.toISOString(),
    editedAt: null,
    deletedAt: null,
  };
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL'],
      entities: [Participant, Message],
      synchronize: true,
      installExtensions: false,
      poolSize: 10,
    }),
    TypeOrmModule.forFeature([Participant, Message]),
  ],
  providers: [ChatGateway],
})
class TypicalModule {}

const app = await NestFactory.create(TypicalModule, { logger: ['warn', 'error'] });
app.useWebSocketAdapter(new IoAdapter(app));
await app.listen(0, '127.0.0.1');
process.once('disconnect', () => process.exit());
process.send?.({ port: app.getHttpServer().address().port });
