'use client'
import { useEffect, useRef, useState } from 'react'
import { centredSquare } from '../imageCrop'
import { Button } from './Button'
import type { InputFormProps } from './InputForm'
import { Notice } from './Notice'

/** A picture from the camera. The stream stays in the page, and ends with the picture or with the form. */
export function CameraForm({ input, onSource }: InputFormProps) {
  const video = useRef<HTMLVideoElement>(null)
  const [stream, setStream] = useState<MediaStream>()
  const [state, setState] = useState<'off' | 'asking' | 'taken' | 'refused'>('off')

  useEffect(() => {
    if (video.current) video.current.srcObject = stream ?? null
    return () => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
  }, [stream])

  const start = () => {
    setState('asking')
    onSource(undefined)
    // Only pages from https or this machine have a camera to ask for.
    const asked = navigator.mediaDevices?.getUserMedia({ video: { facingMode: 'environment' } })
    if (!asked) {
      setState('refused')
      return
    }
    asked.then(setStream, () => setState('refused'))
  }
  const take = () => {
    if (!video.current) return
    const { videoWidth, videoHeight } = video.current
    const { x, y, side } = centredSquare({ width: videoWidth, height: videoHeight })
    const canvas = document.createElement('canvas')
    canvas.width = side
    canvas.height = side
    const context = canvas.getContext('2d')
    if (!context || side === 0) return
    context.drawImage(video.current, x, y, side, side, 0, 0, side, side)
    onSource({ image: context.getImageData(0, 0, side, side), resize: 'area' })
    setStream(undefined)
    setState('taken')
  }

  return (
    <div className="grid gap-4">
      <div className="grid aspect-square w-full place-items-center overflow-hidden rounded-lg bg-stone">
        {stream ? (
          // The reader's own camera, without sound.
          <video
            ref={video}
            autoPlay
            playsInline
            muted
            aria-label="What the camera sees"
            className="size-full object-cover"
          />
        ) : (
          <p className="p-6 text-center text-[#b9c4c8] text-sm">
            {state === 'taken'
              ? 'The picture was taken; what the model sees of it stands below.'
              : 'The camera is off.'}
          </p>
        )}
      </div>
      {state === 'refused' && (
        <Notice kind="failed">
          There is no camera that this page may use. Allow it in the browser’s settings of this page, or upload a
          picture.
        </Notice>
      )}
      {stream ? (
        <Button onClick={take}>Take the picture</Button>
      ) : (
        <Button pending={state === 'asking' ? 'Waiting for the camera…' : undefined} onClick={start}>
          {state === 'taken' ? 'Take another' : 'Start the camera'}
        </Button>
      )}
      <p className="text-quiet text-sm leading-normal">
        The middle square is scaled to {input.shape.slice(0, 2).join(' × ')} pixels. It leaves this device only when you
        ask.
      </p>
    </div>
  )
}
